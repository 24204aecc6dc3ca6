"""Rows redistributed randomly among replicas, and brought back."""

import keras

from tfiqa.layers.replica_gather import gather


def shuffled(compute, rows, *, seed, step):
    """Returns the results of `compute` for rows, computed by randomly drawn replicas.

    Batch normalization in `compute` then sees a random part of the rows of all
    replicas, not those that belong together. With a single replica it sees all rows in
    order.

    Args:
        compute: Function from `(n, ...)` to `(n, d)`, row by row except for statistics.
        rows: `(n, ...)`, the same number on each replica.
        seed: An integer.
        step: An integer or scalar tensor; each step has another order.

    Returns:
        `(replicas * n, d)`, of the rows of all replicas, one replica after the other;
        and the index of the first row of this replica among them.
    """
    if keras.backend.backend() != "tensorflow":
        return compute(rows), 0
    import tensorflow as tf  # Only TensorFlow has strategies.

    replica = tf.distribute.get_replica_context()
    if replica is None or replica.num_replicas_in_sync == 1:
        return compute(rows), 0
    count = tf.shape(rows)[0]
    first = replica.replica_id_in_sync_group * count
    order = dealt_order(count * replica.num_replicas_in_sync, seed=seed, step=step)
    dealt = tf.gather(gather(rows), order[first : first + count])
    return tf.gather(gather(compute(dealt)), tf.argsort(order)), first


def dealt_order(count, *, seed, step):
    """Returns the numbers 0 to `count - 1` in the order of a step, int32 `(count,)`.

    It is a pure function, so that all replicas, and a resumed training, agree.
    """
    import tensorflow as tf  # See `shuffled`.

    key = tf.stack([seed & 0xFFFFFFFF, seed >> 32, tf.cast(step, tf.int64)])
    return tf.raw_ops.RandomIndexShuffle(
        index=tf.range(count),
        seed=tf.cast(key, tf.uint32),
        max_index=count - 1,
        rounds=16,  # With few rounds, neighbors stay together.
    )
