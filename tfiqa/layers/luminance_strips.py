"""Strips of luminance: their half scale, and their local normalization."""

import numpy as np
from keras import ops

from tfiqa.layers.correlation import correlate
from tfiqa.layers.correlation import correlate_columns
from tfiqa.layers.correlation import gaussian_taps
from tfiqa.layers.correlation import halved
from tfiqa.layers.mscn import without_residue
from tfiqa.pixels.reflection import mirrored

# Rows and columns that the window of the normalization needs on either side.
REACH = 3


def half_scale(gray, taps):
    """Returns every other row and column of a filtered strip.

    Args:
        gray: `(rows, width)`, `rows` even, with 3 rows above and 4 below for a filter
            of 8 taps.
        taps: `(k,)` taps of the filter, NumPy, `k` even and at most 8. Columns are
            mirrored about the border, which is repeated.

    Returns:
        `((rows - 6) // 2, (width + 1) // 2)`, for any `k`.
    """
    spare = (8 - len(taps)) // 2
    rows = halved(gray[None, spare : ops.shape(gray)[0] - spare], taps)[0]
    width = ops.shape(rows)[1]
    margin = len(taps) // 2 - 1
    last = 2 * ((width + 1) // 2) + margin
    columns = mirrored(ops.arange(-margin, last, dtype="int32"), width, ops)
    columns = ops.take(ops.transpose(rows), columns, axis=0)
    return ops.transpose(halved(columns[None], taps)[0])


def normalized_rows(gray, top, height, *, exact_zeros):
    """Returns luminance minus its local mean, over its local deviation plus 1 (MSCN).

    Pixels outside the image count as 0.

    Args:
        gray: `(rows + 6, width)`; the window needs three rows on either side.
        top: Row of the image at which `gray` begins; may be negative.
        height: Number of rows of the image.
        exact_zeros: See `mscn`.

    Returns:
        `(rows, width)`, 0 in rows outside the image.
    """
    rows = top + ops.arange(ops.shape(gray)[0], dtype="int32")
    inside = ops.logical_and(rows >= 0, rows < height)[:, None]
    gray = ops.where(inside, gray, 0.0)
    mean, square = _windowed(gray), _windowed(gray * gray)
    difference = gray[REACH:-REACH] - mean
    if exact_zeros:
        difference = without_residue(difference)
    variance = square - mean * mean
    deviation = ops.sqrt(ops.maximum(variance, -variance))
    normalized = difference / (deviation + 1.0)
    return ops.where(inside[REACH:-REACH], normalized, 0.0)


def opencv_normalized_rows(gray, top, height, *, constant):
    """Returns `normalized_rows` as computed by OpenCV 5, in single precision.

    In flat areas the values are rounding errors, whose signs are counted. Therefore the
    order of additions is the same, and products are not rounded before they are added.
    The image is extended by its border. Where rounding leaves a negative variance,
    OpenCV has NaN, which it does not count; the result here is 0.

    Args:
        gray: `(rows + 6, width)`, float64.
        top: As for `normalized_rows`.
        height: As for `normalized_rows`.
        constant: Added to the deviation.

    Returns:
        `(rows, width)`, float64.
    """
    rows = top + ops.arange(ops.shape(gray)[0], dtype="int32")
    inside = ops.logical_and(rows >= 0, rows < height)[:, None]
    gray = ops.take(gray, ops.clip(rows, 0, height - 1) - top, axis=0)
    mean, square = _opencv_windowed(ops.cast(gray, "float32"))
    difference = ops.cast(gray[REACH:-REACH], "float32") - mean
    variance = square - mean * mean
    deviation = ops.sqrt(ops.maximum(variance, 0.0)) + np.float32(constant)
    counted = ops.logical_and(inside[REACH:-REACH], variance >= 0.0)
    normalized = ops.where(counted, difference / deviation, 0.0)
    return ops.cast(normalized, gray.dtype)


def _windowed(plane):
    """Returns the windowed means; pixels beyond the columns count as 0."""
    taps = gaussian_taps(7, 7 / 6)
    rows = ops.pad(correlate(plane, taps), [[0, 0], [REACH, REACH]])
    return correlate_columns(rows, taps)


def _opencv_windowed(gray):
    """Returns windowed means of gray levels and of their squares, float32."""
    taps = gaussian_taps(7, 7 / 6).astype(np.float32)
    planes = ops.stack([gray, gray * gray])
    width = ops.shape(gray)[1]
    ends = [planes[:, :, :1]] * REACH, [planes[:, :, -1:]] * REACH
    planes = ops.concatenate([*ends[0], planes, *ends[1]], axis=2)
    total = planes[:, :, :width] * taps[0]
    for step in range(1, 7):  # From left to right,
        total = _fused(planes[:, :, step : step + width], taps[step], total)
    count = ops.shape(gray)[0] - 2 * REACH
    planes, total = total, total[:, REACH:-REACH] * taps[REACH]
    for step in range(1, REACH + 1):  # and from the middle row outwards.
        above, below = (
            planes[:, first : first + count] for first in (REACH - step, REACH + step)
        )
        total = _fused(above + below, taps[REACH + step], total)
    return total[0], total[1]


def _fused(values, factor, total):
    """Returns `values * factor + total`, float32, rounded only once."""
    exact = ops.cast(values, "float64") * float(factor) + ops.cast(total, "float64")
    return ops.cast(exact, "float32")
