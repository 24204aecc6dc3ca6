"""InfoNCE: classifies each query's own key among all keys."""

from keras import ops


def contrast_logits(
    queries, keys, others, *, temperature, batch=None, first=0, groups=None
):
    """Returns the similarities of queries with keys, divided by the temperature.

    The first column holds each query with its own key, the next ones those with
    `others`, the last ones those with `batch`. There the own key, and all keys of the
    same group, which are no negatives, have minus infinity.

    Args:
        queries: Unit vectors `(n, d)`.
        keys: Unit vectors `(n, d)`, each query's own.
        others: Unit vectors `(m, d)`, no query's own.
        temperature: Positive.
        batch: Unit vectors `(k, d)` that hold the own key of query `i` in row
            `first + i`; or `None`.
        first: Row of the first query's own key; see `batch`.
        groups: Integers `(k,)`: keys of `batch` with the integer of a query's own key
            are no negatives of it. `None` if each key is its own group.

    Returns:
        `(n, 1 + m)`, or `(n, 1 + m + k)`.
    """
    own = ops.sum(queries * keys, axis=1, keepdims=True)
    columns = [own, ops.matmul(queries, ops.transpose(others))]
    if batch is not None:
        rows = first + ops.arange(ops.shape(queries)[0], dtype="int32")
        numbers = ops.arange(ops.shape(batch)[0], dtype="int32")
        groups = numbers if groups is None else ops.convert_to_tensor(groups)
        own_groups = ops.expand_dims(ops.take(groups, rows), 1)
        similarities = ops.matmul(queries, ops.transpose(batch))
        excluded = ops.equal(own_groups, groups)
        columns.append(ops.where(excluded, -float("inf"), similarities))
    return ops.concatenate(columns, axis=1) / temperature


def info_nce(logits):
    """Returns the mean negative log-probability of the own keys, a scalar.

    Args:
        logits: `(n, keys)`, the own key first; see `contrast_logits`.

    Reference: He et al., "Momentum Contrast for Unsupervised Visual Representation
    Learning", CVPR 2020, equation 1.
    """
    return ops.mean(ops.logsumexp(logits, axis=1) - logits[:, 0])
