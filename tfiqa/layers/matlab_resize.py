"""MATLAB's antialiased bicubic resize of whole-numbered pictures."""

import keras
from keras import ops

from tfiqa.layers.fixed_size import FixedSize
from tfiqa.layers.keys_cubic import keys_cubic
from tfiqa.layers.mos import check_batch
from tfiqa.pixels.reflection import mirrored

# Rows of the result that are computed at once.
GROUP = 4


@keras.saving.register_keras_serializable(package="tfiqa")
class MatlabResize(FixedSize):
    """Resizes pictures of any size as `imresize` of MATLAB does with uint8.

    Keys' cubic kernel (a = -0.5) is widened by the reduction factor, and pictures are
    mirrored at their borders, the border itself repeated. The direction that shrinks
    more comes first, and whole levels are rounded to after each of the two.

    Args:
        height: Rows of the result.
        width: Columns of the result.

    Call arguments:
        images: `(batch, any, any, channels)` in `[0, 255]`, any numeric dtype; taken
            to be whole levels.

    Output:
        `(batch, height, width, channels)`, whole numbers in the compute dtype,
        float64 unless told otherwise.
    """

    def __init__(self, height, width, dtype="float64", **kwargs):
        super().__init__(height, width, dtype=dtype, autocast=False, **kwargs)

    def call(self, images):
        check_batch(images)
        _, height, width, channels = ops.shape(images)

        def rows_first(picture):
            return self._columns(self._rows(picture))

        def columns_first(picture):
            return self._rows(self._columns(picture))

        def resized(picture):
            if keras.backend.is_float_dtype(picture.dtype):
                picture = ops.round(picture)
            narrow = height * self.width < width * self.height
            if isinstance(narrow, bool):
                return (columns_first if narrow else rows_first)(picture)
            result = ops.cond(
                narrow, lambda: columns_first(picture), lambda: rows_first(picture)
            )
            return ops.reshape(result, (self.height, self.width, channels))

        return ops.map(resized, images)

    def _rows(self, picture):
        return _resized_rows(picture, self.height, self.compute_dtype)

    def _columns(self, picture):
        turned = ops.transpose(picture, (1, 0, 2))
        resized = _resized_rows(turned, self.width, self.compute_dtype)
        return ops.transpose(resized, (1, 0, 2))


def _resized_rows(picture, target, dtype):
    """Returns `(target, columns, channels)`, rounded."""
    length, columns, channels = ops.shape(picture)
    lines = ops.reshape(picture, (length, columns * channels))
    taps, weights = cubic_weights(length, target, dtype)

    def group(numbers):
        rows = ops.cast(ops.take(lines, numbers[0], axis=0), dtype)
        return ops.matmul(numbers[1][:, None], rows)[:, 0]

    # The last group may be filled up with rows that are cut off again.
    extra = -target % GROUP
    taps, weights = (ops.pad(t, [[0, extra], [0, 0]]) for t in (taps, weights))
    grouped = tuple(
        ops.reshape(t, (-1, GROUP, ops.shape(t)[1])) for t in (taps, weights)
    )
    result = ops.reshape(ops.map(group, grouped), (-1, columns, channels))[:target]
    return ops.clip(ops.floor(result + 0.5), 0.0, 255.0)


def cubic_weights(length, target, dtype):
    """Returns which rows make up each row of the result, and how much of each.

    Args:
        length: Rows of the picture, an integer or a scalar tensor.
        target: Rows of the result.
        dtype: Of the weights.

    Returns:
        int32 and floating `(target, taps)`.
    """
    scale = target / ops.cast(length, dtype)
    shrink = ops.minimum(scale, 1.0)
    reach = 4.0 / shrink
    # Rows count from one, as in MATLAB, until the end.
    centers = (ops.arange(target, dtype="int32") + 1)[:, None]
    centers = ops.cast(centers, dtype) / scale + 0.5 * (1.0 - 1.0 / scale)
    # An integer stays one: JAX knows no lengths that are computed.
    if isinstance(length, int):
        count = max(-(-4 * length // target), 4)
    else:
        count = ops.cast(ops.ceil(reach), "int32")
    steps = ops.cast(ops.arange(count + 2, dtype="int32"), dtype)
    taps = ops.floor(centers - reach / 2.0) + steps
    weights = keys_cubic(shrink * (centers - taps))
    weights = weights / ops.sum(weights, axis=1, keepdims=True)
    return mirrored(ops.cast(taps, "int32") - 1, length, ops), weights
