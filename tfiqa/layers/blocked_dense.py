"""A dense layer on thousands of features, whose sums are precise."""

import keras
from keras import ops

# Number of features that are summed at once.
BLOCK = 200


@keras.saving.register_keras_serializable(package="tfiqa")
class BlockedDense(keras.layers.Layer):
    """Computes `activation(features @ kernel + bias)` in blocks of features.

    In single precision, a sum of 20,000 products in sequence is off by thousands of the
    last digit, by an amount that depends on the order of additions and so on the
    runtime. Sums of blocks, which are added in the end, are about ten times as precise.

    Args:
        units: Number of units.
        activation: As for `keras.layers.Dense`.

    Call arguments:
        features: `(batch, d)`.

    Output:
        `(batch, units)` in the compute dtype.
    """

    def __init__(self, units, activation=None, **kwargs):
        super().__init__(**kwargs)
        if units < 1:
            raise ValueError(f"`units` must be at least 1. Received: units={units}")
        self.units = units
        self.activation = keras.activations.get(activation)

    def build(self, features_shape):
        self.kernel = self.add_weight(
            name="kernel",
            shape=(features_shape[-1], self.units),
            initializer="glorot_uniform",
        )
        self.bias = self.add_weight(
            name="bias", shape=(self.units,), initializer="zeros"
        )

    def call(self, features):
        length = features.shape[-1]
        blocks = -(-length // BLOCK)
        missing = [0, blocks * BLOCK - length]
        features = ops.pad(features, [[0, 0], missing])
        kernel = ops.pad(self.kernel, [missing, [0, 0]])
        # Blocks first, since LiteRT multiplies stacks of matrices.
        features = ops.transpose(ops.reshape(features, (-1, blocks, BLOCK)), (1, 0, 2))
        kernel = ops.reshape(kernel, (blocks, BLOCK, self.units))
        sums = ops.sum(ops.matmul(features, kernel), axis=0)
        return self.activation(sums + self.bias)

    def compute_output_shape(self, features_shape):
        return (*features_shape[:-1], self.units)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "activation": keras.activations.serialize(self.activation),
        }
