"""Rows dealt out anew among replicas, and brought back."""

import keras

from tfiqa.layers.replica_gather import gather


def shuffled(compute, rows, *, seed, step):
    """Returns what `compute` says of rows, computed by replicas drawn at random.

    Batch normalisation in `compute` then sees a random part of the rows of all
    replicas, and not those that belong together. Where there is one replica it sees
    all rows, as they are.

    Args:
        compute: Function of `(n, ...)` to `(n, d)`, row by row but for statistics.
        rows: `(n, ...)`, as many on each replica.
        seed: A whole number.
        step: A whole number, perhaps a tensor, for another order in each.

    Returns:
        `(replicas * n, d)`, of the rows of all replicas, one replica after the other;
        and the number of the first row of this one among them.
    """
    if keras.backend.backend() != "tensorflow":
        return compute(rows), 0
    import tensorflow as tf  # Strategies exist there only.

    replica = tf.distribute.get_replica_context()
    if replica is None or replica.num_replicas_in_sync == 1:
        return compute(rows), 0
    count = tf.shape(rows)[0]
    first = replica.replica_id_in_sync_group * count
    order = dealt_order(count * replica.num_replicas_in_sync, seed=seed, step=step)
    dealt = tf.gather(gather(rows), order[first : first + count])
    return tf.gather(gather(compute(dealt)), tf.argsort(order)), first


def dealt_order(count, *, seed, step):
    """Returns the numbers from 0 to `count` in the order of a step, int32 `(count,)`.

    A pure function, so that all replicas agree, and a resumed training with the first.
    """
    import tensorflow as tf  # See `shuffled`.

    key = tf.stack([seed & 0xFFFFFFFF, seed >> 32, tf.cast(step, tf.int64)])
    return tf.raw_ops.RandomIndexShuffle(
        index=tf.range(count),
        seed=tf.cast(key, tf.uint32),
        max_index=count - 1,
        rounds=16,  # Few rounds leave neighbours together.
    )
