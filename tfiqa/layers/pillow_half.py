"""Pillow's bicubic reduction to half the size, window by window.

`PIL.Image.resize((width // 2, height // 2), BICUBIC)` widens the cubic (a = -1/2) by
the reduction, which is a little more than 2 for odd sides, and rounds to integer levels
after each of its two passes, columns first. (Pillow 13 takes rows first if they shrink
more; that differs by one level here and there.) Every sample of the result depends on
at most `TAPS` samples of the image, so any window of the result can be computed without
the rest.
"""

from keras import ops

from tfiqa.layers.keys_cubic import keys_cubic

# Twice the support, at most 6, where 3 samples become one; plus one.
TAPS = 13


def half(length):
    """Returns half of a side, at least 1; an integer or a scalar tensor."""
    if isinstance(length, int):
        return max(length // 2, 1)
    return ops.maximum(length // 2, 1)


def halved(images, top, height, left, width):
    """Returns a window of the images at half their size.

    Args:
        images: `(batch, rows, columns, channels)` in `[0, 255]`, any numeric dtype.
        top: First row of the window, in the image at half size.
        height: Rows of the window.
        left: First column of the window.
        width: Columns of the window.

    Returns:
        float32 `(batch, height, width, channels)`, integers in `[0, 255]`.
    """
    _, rows, columns, _ = ops.shape(images)
    down, down_weights = _taps(rows, top, height)
    across, across_weights = _taps(columns, left, width)
    # Only the rows that the window reads.
    span = shorter(3 * height + TAPS, rows)
    first = ops.minimum(ops.min(down), rows - span)
    needed = first + ops.arange(span, dtype="int32")
    narrow = ops.take(images, needed, axis=1)
    narrow = _rounded(_weighted(narrow, across, across_weights, axis=2))
    return _rounded(_weighted(narrow, down - first, down_weights, axis=1))


def shorter(first, second):
    """Returns the smaller of two lengths, integers or scalar tensors."""
    if isinstance(first, int) and isinstance(second, int):
        return min(first, second)
    return ops.minimum(first, second)


def _taps(length, start, count):
    """Returns the indices of the samples, int32 `(TAPS, count)`, and their weights."""
    scale = ops.cast(length, "float32") / ops.cast(half(length), "float32")
    numbers = ops.cast(start, "float32") + ops.arange(count, dtype="float32")
    centers = (numbers + 0.5) * scale
    first = ops.cast(ops.floor(centers - 2.0 * scale + 0.5), "int32")
    indices = first + ops.expand_dims(ops.arange(TAPS, dtype="int32"), 1)
    inside = ops.logical_and(indices >= 0, indices < length)
    distances = (ops.cast(indices, "float32") + 0.5 - centers) / scale
    weights = ops.where(inside, keys_cubic(distances), 0.0)
    indices = ops.clip(indices, 0, length - 1)
    return indices, weights / ops.sum(weights, axis=0, keepdims=True)


def _weighted(images, indices, weights, *, axis):
    """Returns the weighted sums of samples along an axis, tap by tap."""
    shape = (-1, 1, 1) if axis == 1 else (-1, 1)
    total = 0.0
    for tap in range(TAPS):
        samples = ops.cast(ops.take(images, indices[tap], axis=axis), "float32")
        total = total + samples * ops.reshape(weights[tap], shape)
    return total


def _rounded(values):
    rounded = ops.clip(ops.floor(values + 0.5), 0.0, 255.0)
    # Rounding has no gradient; that of the unrounded resize is used.
    return values + ops.stop_gradient(rounded - values)
