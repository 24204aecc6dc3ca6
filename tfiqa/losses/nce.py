"""InfoNCE: classifies each query's own key among all keys."""

from keras import ops

from tfiqa.losses.row_blocks import in_blocks


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
    rows = first + ops.arange(ops.shape(queries)[0], dtype="int32")
    return _logits(queries, keys, others, batch, rows, groups) / temperature


def _logits(queries, keys, others, batch, rows, groups):
    """Returns the similarities; `rows` are those of the own keys in `batch`."""
    own = ops.sum(queries * keys, axis=1, keepdims=True)
    columns = [own, ops.matmul(queries, ops.transpose(others))]
    if batch is not None:
        numbers = ops.arange(ops.shape(batch)[0], dtype="int32")
        groups = numbers if groups is None else ops.convert_to_tensor(groups)
        own_groups = ops.expand_dims(ops.take(groups, rows), 1)
        similarities = ops.matmul(queries, ops.transpose(batch))
        excluded = ops.equal(own_groups, groups)
        columns.append(ops.where(excluded, -float("inf"), similarities))
    return ops.concatenate(columns, axis=1)


def info_nce(logits):
    """Returns the mean negative log-probability of the own keys, a scalar.

    Args:
        logits: `(n, keys)`, the own key first; see `contrast_logits`.

    Reference: He et al., "Momentum Contrast for Unsupervised Visual Representation
    Learning", CVPR 2020, equation 1.
    """
    return ops.mean(ops.logsumexp(logits, axis=1) - logits[:, 0])


def blocked_info_nce(
    queries,
    keys,
    others,
    *,
    temperature,
    batch=None,
    first=0,
    groups=None,
    block=128,
):
    """Returns `info_nce(contrast_logits(...))`, and how often the own key is nearest.

    Logits are computed in blocks of queries, and again in the backward pass: memory
    does not grow with the number of queries times that of keys. The gradient reaches
    the queries alone, not the keys.

    Args:
        queries: See `contrast_logits`.
        keys: See `contrast_logits`.
        others: See `contrast_logits`.
        temperature: See `contrast_logits`.
        batch: See `contrast_logits`.
        first: See `contrast_logits`.
        groups: See `contrast_logits`.
        block: Queries whose logits are held at once.

    Returns:
        Two scalars: the loss, and a share of the queries.
    """
    keys, others = ops.stop_gradient(keys), ops.stop_gradient(others)
    candidates = [others]
    if batch is not None:
        batch = ops.stop_gradient(batch)
        candidates.append(batch)
    count = ops.shape(queries)[0]

    def logits_of(queries, rows):
        own = (ops.take(queries, rows, axis=0), ops.take(keys, rows, axis=0))
        return _logits(*own, others, batch, first + rows, groups) / temperature

    @ops.custom_gradient
    def row_losses(queries):
        def of_rows(rows):
            logits = logits_of(queries, rows)
            partition = ops.logsumexp(logits, axis=1)
            nearest = ops.cast(logits[:, 0] >= ops.max(logits, axis=1), logits.dtype)
            return ops.stack([partition - logits[:, 0], nearest, partition], axis=1)

        values = in_blocks(of_rows, count, block)
        partition = values[:, 2]

        def gradient(*upstream, **named):
            (upstream,) = upstream or named.values()
            weights = upstream[:, :1]

            def of_rows(rows):
                logits = logits_of(queries, rows)
                partitions = ops.expand_dims(ops.take(partition, rows, axis=0), 1)
                shares = ops.exp(ops.minimum(logits - partitions, 0.0))
                own, end = ops.take(keys, rows, axis=0), 1
                result = (shares[:, :1] - 1.0) * own
                for some in candidates:
                    start, end = end, end + ops.shape(some)[0]
                    result = result + ops.matmul(shares[:, start:end], some)
                return result * ops.take(weights, rows, axis=0) / temperature

            return in_blocks(of_rows, count, block)

        return values[:, :2], gradient

    loss, nearest = ops.unstack(ops.mean(row_losses(queries), axis=0), num=2)
    return loss, ops.stop_gradient(nearest)
