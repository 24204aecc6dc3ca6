"""A queue of vectors in which new ones replace the oldest."""

import keras
import numpy as np
from keras import ops


class KeyQueue(keras.layers.Layer):
    """Stores the latest keys of a training, as non-trainable weights.

    It starts with random directions. The cost of adding keys does not depend on its
    length. Reading them copies all keys on TensorFlow, since variables with partial
    updates are copied whenever they are read.

    Args:
        size: Number of keys.
        length: Length of each key.
        seed: Seed of the initial keys.
    """

    def __init__(self, size, length, seed=0, **kwargs):
        # Never in half precision.
        super().__init__(**{**kwargs, "dtype": keras.config.floatx()})
        self.size = size
        drawn = np.random.default_rng(seed).normal(size=(size, length))
        drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
        self.keys = self.add_weight(
            shape=(size, length), initializer="zeros", trainable=False, name="keys"
        )
        self.keys.assign(drawn)
        self.place = self.add_weight(
            shape=(), initializer="zeros", dtype="int32", trainable=False, name="place"
        )
        self.built = True

    def remembered(self):
        """Returns all keys, `(size, length)`."""
        return ops.convert_to_tensor(self.keys)

    def put(self, rows):
        """Overwrites the oldest keys with these, `(n, length)`, in their order.

        With replicas, each has its own queue, and must receive the same rows.

        Raises:
            ValueError: If there are known to be more rows than the queue holds.
        """
        if rows.shape[0] is not None and rows.shape[0] > self.size:
            raise ValueError(
                f"A batch of at most the queue's {self.size} keys is expected. "
                f"Received: {rows.shape[0]} keys"
            )
        count = ops.shape(rows)[0]
        indices = (self.place + ops.arange(count, dtype="int32")) % self.size
        _overwrite(self.keys, indices, ops.cast(rows, self.keys.dtype))
        self.place.assign((self.place + count) % self.size)


def _overwrite(variable, indices, rows):
    if keras.backend.backend() != "tensorflow":
        # Also in place, if the step is compiled.
        indices = ops.expand_dims(indices, 1)
        variable.assign(ops.scatter_update(variable, indices, rows))
        return
    import tensorflow as tf  # Its variables support partial updates in place.

    # The handle is that of the replica's own variable.
    tf.raw_ops.ResourceScatterUpdate(
        resource=variable.value.handle, indices=indices, updates=rows
    )
