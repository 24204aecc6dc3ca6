"""MATLAB's antialiased bicubic resize of integer images."""

import keras
from keras import ops

from tfiqa.layers.fixed_size import FixedSize
from tfiqa.layers.keys_cubic import keys_cubic
from tfiqa.layers.mapped import mapped
from tfiqa.layers.mos import check_batch
from tfiqa.pixels.reflection import mirrored

# Number of result rows computed at once.
GROUP = 4


@keras.saving.register_keras_serializable(package="tfiqa")
class MatlabResize(FixedSize):
    """Resizes images of any size like MATLAB's `imresize` with uint8.

    Keys' cubic kernel (a = -0.5) is widened by the reduction factor, and images are
    mirrored at their borders, repeating the border itself. The direction that shrinks
    more comes first, and values are rounded to integer levels after each of the two.

    Args:
        height: Rows of the result.
        width: Columns of the result.

    Call arguments:
        images: `(batch, any, any, channels)` in `[0, 255]`, any numeric dtype; expected
            to be integer levels.

    Output:
        `(batch, height, width, channels)`, integers in the compute dtype, float64 by
        default.
    """

    def __init__(self, height, width, dtype="float64", **kwargs):
        super().__init__(height, width, dtype=dtype, autocast=False, **kwargs)

    def call(self, images):
        check_batch(images)
        _, height, width, channels = ops.shape(images)

        def rows_first(image):
            return self._columns(self._rows(image))

        def columns_first(image):
            return self._rows(self._columns(image))

        def resized(image):
            if keras.backend.is_float_dtype(image.dtype):
                image = ops.round(image)
            narrow = height * self.width < width * self.height
            if isinstance(narrow, bool):
                return (columns_first if narrow else rows_first)(image)
            result = ops.cond(
                narrow, lambda: columns_first(image), lambda: rows_first(image)
            )
            return ops.reshape(result, (self.height, self.width, channels))

        return mapped(resized, images, self.compute_dtype)

    def _rows(self, image):
        return _resized_rows(image, self.height, self.compute_dtype)

    def _columns(self, image):
        turned = ops.transpose(image, (1, 0, 2))
        resized = _resized_rows(turned, self.width, self.compute_dtype)
        return ops.transpose(resized, (1, 0, 2))


def _resized_rows(image, target, dtype):
    """Returns `(target, columns, channels)`, rounded."""
    length, columns, channels = ops.shape(image)
    lines = ops.reshape(image, (length, columns * channels))
    taps, weights = cubic_weights(length, target, dtype)

    def group(numbers):
        rows = ops.cast(ops.take(lines, numbers[0], axis=0), dtype)
        return ops.matmul(numbers[1][:, None], rows)[:, 0]

    # The last group may be padded with rows that are cut off again.
    extra = -target % GROUP
    taps, weights = (ops.pad(t, [[0, extra], [0, 0]]) for t in (taps, weights))
    grouped = tuple(
        ops.reshape(t, (-1, GROUP, ops.shape(t)[1])) for t in (taps, weights)
    )
    result = mapped(group, grouped, dtype)
    result = ops.reshape(result, (-1, columns, channels))[:target]
    return ops.clip(ops.floor(result + 0.5), 0.0, 255.0)


def cubic_weights(length, target, dtype):
    """Returns the rows that make up each row of the result, and their weights.

    Args:
        length: Rows of the image, an integer or a scalar tensor.
        target: Rows of the result.
        dtype: Dtype of the weights.

    Returns:
        int32 and floating `(target, taps)`.
    """
    scale = target / ops.cast(length, dtype)
    shrink = ops.minimum(scale, 1.0)
    reach = 4.0 / shrink
    # Rows count from one, as in MATLAB, until the end.
    centers = (ops.arange(target, dtype="int32") + 1)[:, None]
    centers = ops.cast(centers, dtype) / scale + 0.5 * (1.0 - 1.0 / scale)
    # An integer stays an integer: JAX does not support computed lengths.
    if isinstance(length, int):
        count = max(-(-4 * length // target), 4)
    else:
        count = ops.cast(ops.ceil(reach), "int32")
    steps = ops.cast(ops.arange(count + 2, dtype="int32"), dtype)
    taps = ops.floor(centers - reach / 2.0) + steps
    weights = keys_cubic(shrink * (centers - taps))
    weights = weights / ops.sum(weights, axis=1, keepdims=True)
    return mirrored(ops.cast(taps, "int32") - 1, length, ops), weights
