"""Pillow's antialiased bilinear resize as two matrix products."""

import keras
from keras import ops

from tfiqa.layers.fixed_size import FixedSize
from tfiqa.layers.mos import check_batch


@keras.saving.register_keras_serializable(package="tfiqa")
class PillowResize(FixedSize):
    """Resizes images of any size like `PIL.Image.resize(..., BILINEAR)`.

    Pillow widens its triangle filter by the reduction factor and rounds to integer
    levels after each of its two passes, columns first. (Pillow 13 takes rows first if
    they shrink more; that differs by one level here and there.) Matrix products give
    the same result on every backend and in every export; on noise up to one sample in
    thirty differs by one level, on photographs one in several thousand.

    Args:
        height: Rows of the result.
        width: Columns of the result.

    Call arguments:
        images: `(batch, any, any, channels)` in `[0, 255]`, any numeric dtype.

    Output:
        float32 `(batch, height, width, channels)`, integers. Its gradient is that of
        the resize without rounding.
    """

    def __init__(self, height, width, **kwargs):
        super().__init__(height, width, **{**kwargs, "dtype": "float32"})

    def call(self, images):
        check_batch(images)
        _, rows, columns, _ = ops.shape(images)
        images = ops.cast(images, "float32")
        across = triangle_weights(columns, self.width)
        down = triangle_weights(rows, self.height)
        narrow = _rounded(ops.einsum("bhwc,vw->bhvc", images, across))
        return _rounded(ops.einsum("bhvc,uh->buvc", narrow, down))


def triangle_weights(length, target):
    """Returns the `(target, length)` matrix of an antialiased linear resize."""
    # `arange` needs the original length: inside loops JAX traces computed values.
    # TensorFlow turns a division by a constant into a product with its inverse, which
    # rounds otherwise. This is always `target`, but no constant if `length` is none.
    divisor = ops.minimum(target, length + target)
    scale = ops.cast(length, "float32") / ops.cast(divisor, "float32")
    centers = (ops.arange(target, dtype="float32") + 0.5) * scale
    positions = ops.cast(ops.arange(length, dtype="int32"), "float32") + 0.5
    distances = ops.abs(ops.expand_dims(positions, 0) - ops.expand_dims(centers, 1))
    weights = ops.relu(1.0 - distances / ops.maximum(scale, 1.0))
    return weights / ops.sum(weights, axis=1, keepdims=True)


def _rounded(values):
    rounded = ops.floor(values + 0.5)
    # Rounding has no gradient; that of the unrounded resize is used.
    return values + ops.stop_gradient(rounded - values)
