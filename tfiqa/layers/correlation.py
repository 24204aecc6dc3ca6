"""Correlation with short filters, as sums of shifted maps.

For few taps this is faster than a convolution with one channel, on every backend and in
double precision.
"""

from typing import Any

import numpy as np
from keras import ops


def correlate(maps, taps):
    """Returns the correlation along the first axis, where the filter fits entirely.

    Slices along the first axis need no copy, which makes this the fastest axis.

    Args:
        maps: `(rows, ...)`, floating.
        taps: `(k,)`, NumPy, symmetric.

    Returns:
        `maps` with `rows - k + 1` entries along the first axis.
    """
    count = ops.shape(maps)[0] - len(taps) + 1
    return _mirrored_sum(
        taps,
        maps.dtype,
        lambda first, last: (
            maps[first : first + count],
            maps[last : last + count],
        ),
    )


def correlate_columns(maps, taps):
    """Returns the correlation along the last axis, where the filter fits entirely.

    Slower than along the first axis, but faster than transposing the maps twice.

    Args:
        maps: `(..., columns)`, floating.
        taps: `(k,)`, NumPy, symmetric.

    Returns:
        `maps` with `columns - k + 1` entries along the last axis.
    """
    count = ops.shape(maps)[-1] - len(taps) + 1
    return _mirrored_sum(
        taps,
        maps.dtype,
        lambda first, last: (
            maps[..., first : first + count],
            maps[..., last : last + count],
        ),
    )


def halved(maps, taps):
    """Returns every second result of the correlation along the rows.

    Faster than along the columns, even if those must be transposed.

    Args:
        maps: `(n, rows, columns)`, floating, with an even number of rows.
        taps: `(k,)`, NumPy, symmetric, `k` even.

    Returns:
        `maps` with `(rows - k) / 2 + 1` rows.
    """
    batch, rows, columns = ops.shape(maps)
    pairs = ops.reshape(maps, (batch, rows // 2, 2, columns))
    phases = pairs[:, :, 0], pairs[:, :, 1]
    count = rows // 2 - len(taps) // 2 + 1

    def sample(number):
        first = number // 2
        return phases[number % 2][:, first : first + count]

    return _mirrored_sum(
        taps, maps.dtype, lambda first, last: (sample(first), sample(last))
    )


def _mirrored_sum(taps, dtype, samples):
    """Returns the sum of taps times samples; samples of equal taps are added first."""
    last = len(taps) - 1
    total: Any = None
    for first in range(last // 2 + 1):
        left, right = samples(first, last - first)
        pair = left + right if first < last - first else left
        term = pair * ops.convert_to_tensor(taps[first], dtype)
        total = term if total is None else total + term
    return total


def correlate_window(maps, window):
    """Returns the correlation with a window, summed sample by sample, row by row.

    It is slower than two passes, but rounds like code that does not separate windows.

    Args:
        maps: `(n, rows, columns)`, floating.
        window: `(k, k)`, NumPy.

    Returns:
        `(n, rows - k + 1, columns - k + 1)` of the same dtype.
    """
    _, rows, columns = ops.shape(maps)
    height, width = rows - len(window) + 1, columns - len(window) + 1
    total: Any = None
    for (top, left), weight in np.ndenumerate(window):
        shifted = maps[:, top : top + height, left : left + width]
        term = shifted * ops.convert_to_tensor(weight, maps.dtype)
        total = term if total is None else total + term
    return total


def replicated(maps, before, after, axis):
    """Returns `maps` extended along axis 1 or 2 by their first and last entries."""
    first, last = (
        (maps[:, :1], maps[:, -1:]) if axis == 1 else (maps[:, :, :1], maps[:, :, -1:])
    )
    return ops.concatenate([*[first] * before, maps, *[last] * after], axis=axis)


def gaussian_taps(size, sigma):
    """Returns the `(size,)` samples of a Gaussian, which sum to 1, float64.

    MATLAB's `fspecial('gaussian')` is their outer product: no window used here is wide
    enough for its cutoff at machine precision. An even size has its center between two
    samples.
    """
    offsets = np.arange(size) - (size - 1) / 2
    samples = np.exp(-(offsets**2) / (2 * sigma**2))
    return samples / samples.sum()
