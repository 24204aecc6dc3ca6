"""InfoNCE: classifies each query's own key among all keys."""

from keras import ops


def contrast_logits(queries, keys, others, *, temperature, batch=None, first=0):
    """Returns the similarities of queries with keys, divided by the temperature.

    The first column holds each query with its own key, the next ones those with
    `others`, the last ones those with `batch`. There the own key, which is not a
    negative, has minus infinity.

    Args:
        queries: Unit vectors `(n, d)`.
        keys: Unit vectors `(n, d)`, each query's own.
        others: Unit vectors `(m, d)`, no query's own.
        temperature: Positive.
        batch: Unit vectors `(k, d)` that hold the own key of query `i` in row
            `first + i`; or `None`.
        first: Row of the first query's own key; see `batch`.

    Returns:
        `(n, 1 + m)`, or `(n, 1 + m + k)`.
    """
    own = ops.sum(queries * keys, axis=1, keepdims=True)
    columns = [own, ops.matmul(queries, ops.transpose(others))]
    if batch is not None:
        rows = first + ops.arange(ops.shape(queries)[0], dtype="int32")
        numbers = ops.arange(ops.shape(batch)[0], dtype="int32")
        is_own = ops.equal(ops.expand_dims(rows, 1), numbers)
        similarities = ops.matmul(queries, ops.transpose(batch))
        columns.append(ops.where(is_own, -float("inf"), similarities))
    return ops.concatenate(columns, axis=1) / temperature


def info_nce(logits):
    """Returns the mean negative log-probability of the own keys, a scalar.

    Args:
        logits: `(n, keys)`, the own key first; see `contrast_logits`.

    Reference: He et al., "Momentum Contrast for Unsupervised Visual Representation
    Learning", CVPR 2020, equation 1.
    """
    return ops.mean(ops.logsumexp(logits, axis=1) - logits[:, 0])
