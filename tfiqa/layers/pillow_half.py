"""Pillow's bicubic reduction to half the size, window by window.

`PIL.Image.resize((width // 2, height // 2), BICUBIC)` widens the cubic (a = -1/2) by
the reduction, which is a little more than 2 for odd sides, and rounds to whole levels
after each of its two passes, columns first. (Pillow 13 takes rows first where they
shrink more; that differs by one level here and there.) Every sample of the result
reads `TAPS` samples of the picture at most, so that any window of the result can be
had from the picture without computing the rest.
"""

from keras import ops

from tfiqa.layers.keys_cubic import keys_cubic

# Twice the support, which is largest, 6, where 3 samples become one; and one more.
TAPS = 13


def half(length):
    """Returns the half of a side, at least 1; an integer or a scalar tensor."""
    if isinstance(length, int):
        return max(length // 2, 1)
    return ops.maximum(length // 2, 1)


def halved(images, top, height, left, width):
    """Returns a window of the pictures at half their size.

    Args:
        images: `(batch, rows, columns, channels)` in `[0, 255]`, any numeric dtype.
        top: First row of the window, in the picture at half size.
        height: Rows of the window.
        left: First column of the window.
        width: Columns of the window.

    Returns:
        float32 `(batch, height, width, channels)`, whole numbers in `[0, 255]`.
    """
    _, rows, columns, _ = ops.shape(images)
    down, down_weights = _taps(rows, top, height)
    across, across_weights = _taps(columns, left, width)
    # Only the rows that the window reads.
    reach = shorter(3 * height + TAPS, rows)
    first = ops.minimum(ops.min(down), rows - reach)
    needed = first + ops.arange(reach, dtype="int32")
    narrow = ops.take(images, needed, axis=1)
    narrow = _rounded(_weighted(narrow, across, across_weights, axis=2))
    return _rounded(_weighted(narrow, down - first, down_weights, axis=1))


def shorter(one, other):
    """Returns the smaller of two lengths, integers or scalar tensors."""
    if isinstance(one, int) and isinstance(other, int):
        return min(one, other)
    return ops.minimum(one, other)


def _taps(length, start, count):
    """Returns which samples are read, int32 `(TAPS, count)`, and their weights."""
    scale = ops.cast(length, "float32") / ops.cast(half(length), "float32")
    numbers = ops.cast(start, "float32") + ops.arange(count, dtype="float32")
    centers = (numbers + 0.5) * scale
    first = ops.cast(ops.floor(centers - 2.0 * scale + 0.5), "int32")
    places = first + ops.expand_dims(ops.arange(TAPS, dtype="int32"), 1)
    inside = ops.logical_and(places >= 0, places < length)
    distances = (ops.cast(places, "float32") + 0.5 - centers) / scale
    weights = ops.where(inside, keys_cubic(distances), 0.0)
    places = ops.clip(places, 0, length - 1)
    return places, weights / ops.sum(weights, axis=0, keepdims=True)


def _weighted(images, places, weights, *, axis):
    """Returns the weighted sums of samples along an axis, tap by tap."""
    shape = (-1, 1, 1) if axis == 1 else (-1, 1)
    total = 0.0
    for tap in range(TAPS):
        samples = ops.cast(ops.take(images, places[tap], axis=axis), "float32")
        total = total + samples * ops.reshape(weights[tap], shape)
    return total


def _rounded(values):
    whole = ops.clip(ops.floor(values + 0.5), 0.0, 255.0)
    # Rounding has no slope; that of the plain resize goes straight through.
    return values + ops.stop_gradient(whole - values)
