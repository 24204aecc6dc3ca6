"""The distance of the windows of an image from pristine ones, weighted by sharpness."""

import keras
from keras import ops

from tfiqa.layers.ilniqe_distance import ILNIQEDistance
from tfiqa.layers.precision import double


@keras.saving.register_keras_serializable(package="tfiqa")
class SharpnessWeightedDistance(ILNIQEDistance):
    """Measures how far the windows of an image are from pristine ones, on average.

    Like `ILNIQEDistance`, but the weight of a window is the sigmoid of its sharpness,
    standardized over the image. Computes in double precision where the backend has it.

    Args:
        dimensions: Number of columns of the whitening; see `NIQEDistance`.

    Call arguments:
        patches: Features of windows, `(batch, rows, columns, features)`.
        mean: `(batch, features)`, the mean over windows.
        sharpness: `(batch, rows, columns)`; `None` for equal weights.

    Output:
        `(batch, 1)`, lower is better.
    """

    def __init__(self, dimensions, **kwargs):
        settings = {"weights_dtype": double(), "dtype": double()}
        super().__init__(dimensions, **{**kwargs, **settings})

    def build(self, patches_shape, mean_shape, sharpness_shape=None):
        super().build(patches_shape, mean_shape)

    def call(self, patches, mean, sharpness=None):
        if sharpness is None:
            return super().call(patches, mean)
        batch, rows, columns = ops.shape(sharpness)
        sharpness = ops.reshape(sharpness, (batch, rows * columns))
        weights = _weights(ops.cast(sharpness, self.compute_dtype))
        total = ops.sum(weights, axis=1, keepdims=True)
        each = self._each(patches, mean)
        return ops.sum(weights * each, axis=1, keepdims=True) / total

    def compute_output_shape(self, patches_shape, mean_shape, sharpness_shape=None):
        return (patches_shape[0], 1)

    def compute_output_spec(self, patches, mean, sharpness=None):
        return keras.KerasTensor((patches.shape[0], 1), dtype=self.compute_dtype)


def _weights(sharpness):
    """Returns the weights of windows, `(batch, windows)`; all equal if only one."""
    count = ops.shape(sharpness)[1]
    centered = sharpness - ops.mean(sharpness, axis=1, keepdims=True)
    squares = ops.sum(ops.square(centered), axis=1, keepdims=True)
    spread = ops.sqrt(squares / ops.cast(ops.maximum(count - 1, 1), sharpness.dtype))
    return ops.sigmoid(centered / (spread + 1e-12))
