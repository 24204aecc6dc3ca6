"""Rows dealt randomly to devices and groups, and brought back."""

import keras
from keras import ops

from tfiqa.layers.replica_gather import gather


def shuffled(compute, rows, *, seed, step, groups=False):
    """Returns the results of `compute` for rows, computed in a random order.

    Batch normalization in `compute` then sees a random part of the rows, not those that
    belong together: on several replicas each computes the rows that are dealt to it; on
    one device, the groups of a batch with common statistics are drawn.

    Args:
        compute: Function from `(n, ...)` to `(n, d)`, row by row except for statistics.
        rows: `(n, ...)`, the same number on each replica.
        seed: An integer.
        step: An integer or scalar tensor; each step has another order.
        groups: Whether `compute` has more than one group of statistics. A single group
            on a single device has no use for another order.

    Returns:
        `(replicas * n, d)`, of the rows of all replicas, one replica after the other;
        and the index of the first row of this replica among them.
    """
    replicas, number = _replica()
    if replicas == 1 and not groups:
        return compute(rows), 0
    count = rows.shape[0] or ops.shape(rows)[0]
    first = number * count
    order = dealt_order(count * replicas, seed=seed, step=step)
    mine = ops.slice(order, [first], [count])
    dealt = ops.take(gather(rows), mine, axis=0)
    return ops.take(gather(compute(dealt)), ops.argsort(order), axis=0), first


def dealt_order(count, *, seed, step):
    """Returns the numbers 0 to `count - 1` in the order of a step, int32 `(count,)`.

    It is a pure function, so that all replicas, and a resumed training, agree.
    """
    if keras.backend.backend() == "jax":
        import jax  # TensorFlow does not need it.

        key = jax.random.fold_in(jax.random.key(seed & 0xFFFFFFFF), step)
        return jax.random.permutation(key, count).astype("int32")
    import tensorflow as tf  # Keras draws nothing from a tensor.

    key = tf.stack([tf.constant(seed, tf.int64), tf.cast(step, tf.int64)])
    bounds = {"minval": -(2**31), "maxval": 2**31 - 1, "dtype": tf.int32}
    drawn = tf.random.stateless_uniform([count], key, alg="philox", **bounds)
    return tf.cast(tf.argsort(drawn, stable=True), tf.int32)


def _replica():
    """Returns the number of replicas, and the index of this one."""
    if keras.backend.backend() != "tensorflow":
        return 1, 0
    import tensorflow as tf  # Only TensorFlow has strategies.

    replica = tf.distribute.get_replica_context()
    if replica is None or replica.num_replicas_in_sync == 1:
        return 1, 0
    return replica.num_replicas_in_sync, replica.replica_id_in_sync_group
