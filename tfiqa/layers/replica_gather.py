"""The rows of all replicas together."""

import keras


def gather(rows):
    """Returns the rows that all replicas hold, one replica after the other.

    Within a replica of a `tf.distribute.Strategy` these are the rows of all replicas,
    and gradients flow back to each replica's own; anywhere else they are `rows`.

    Args:
        rows: `(rows, ...)`; replicas may hold different numbers of them.
    """
    if keras.backend.backend() != "tensorflow":
        return rows
    import tensorflow as tf  # Only TensorFlow has strategies.

    replica = tf.distribute.get_replica_context()
    if replica is None or replica.num_replicas_in_sync == 1:
        return rows
    return replica.all_gather(rows, axis=0)
