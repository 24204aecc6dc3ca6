"""The means of a feature map over a grid of bins, for maps of any size."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="tfiqa")
class AdaptiveMean(keras.layers.Layer):
    """Averages a feature map over `grid` x `grid` bins.

    Along an axis of length n, bin k goes from floor(k * n / grid) up to, but not
    including, ceil((k + 1) * n / grid); bins overlap unless n is a multiple of `grid`.

    Args:
        grid: Number of bins along each side.

    Call arguments:
        features: `(batch, height, width, channels)`, any size.

    Output:
        `(batch, grid * grid, channels)`, row by row, in the precision of `floatx`,
        whatever the policy.
    """

    def __init__(self, grid, **kwargs):
        super().__init__(**{"dtype": keras.config.floatx(), **kwargs})
        if grid < 1:
            raise ValueError(f"`grid` must be at least 1. Received: grid={grid}")
        self.grid = grid

    def call(self, features):
        _, height, width, channels = ops.shape(features)
        down = bin_weights(height, self.grid, features.dtype)
        across = bin_weights(width, self.grid, features.dtype)
        means = ops.einsum("bhwc,ih->biwc", features, down)
        means = ops.einsum("biwc,jw->bijc", means, across)
        return ops.reshape(means, (-1, self.grid * self.grid, channels))

    def compute_output_shape(self, features_shape):
        return (features_shape[0], self.grid**2, features_shape[-1])

    def get_config(self):
        return {**super().get_config(), "grid": self.grid}


def bin_weights(length, grid, dtype):
    """Returns the `(grid, length)` matrix that averages over the bins."""
    bins = ops.expand_dims(ops.arange(grid, dtype="int32"), 1)
    positions = ops.arange(length, dtype="int32")
    inside = ops.logical_and(
        positions >= bins * length // grid,
        positions < ((bins + 1) * length + grid - 1) // grid,
    )
    inside = ops.cast(inside, dtype)
    return inside / ops.sum(inside, axis=1, keepdims=True)
