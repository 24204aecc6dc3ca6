"""A queue of vectors, the oldest of which make room for new ones."""

import keras
import numpy as np
from keras import ops


class KeyQueue(keras.layers.Layer):
    """Remembers the last keys of a training, as weights that are not trained.

    It starts with random directions. What it costs to put keys into it does not depend
    on its length. Reading them costs a copy of all on TensorFlow, since its variables
    that are written to in part are copied whenever they are read.

    Args:
        size: Keys that are remembered.
        length: Of each.
        seed: Of the first keys.
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

        On several replicas each has a queue, and must be given the same rows.

        Raises:
            ValueError: If there are more than the queue holds, where that is known.
        """
        if rows.shape[0] is not None and rows.shape[0] > self.size:
            raise ValueError(
                f"A batch of at most the queue's {self.size} keys is expected. "
                f"Received: {rows.shape[0]} keys"
            )
        count = ops.shape(rows)[0]
        places = (self.place + ops.arange(count, dtype="int32")) % self.size
        _overwrite(self.keys, places, ops.cast(rows, self.keys.dtype))
        self.place.assign((self.place + count) % self.size)


def _overwrite(variable, places, rows):
    if keras.backend.backend() != "tensorflow":
        # In place as well, where the step is compiled.
        places = ops.expand_dims(places, 1)
        variable.assign(ops.scatter_update(variable, places, rows))
        return
    import tensorflow as tf  # Its variables are written to in place.

    # A handle is that of the replica's own variable.
    tf.raw_ops.ResourceScatterUpdate(
        resource=variable.value.handle, indices=places, updates=rows
    )
