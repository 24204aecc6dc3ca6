"""Correlation with short filters, as sums of shifted maps.

Few taps are faster so than by a convolution of one channel, on every backend, and in
double precision.
"""

from typing import Any

import numpy as np
from keras import ops


def correlate(maps, taps, axis, stride=1):
    """Returns the correlation along an axis, where the filter fits entirely.

    Args:
        maps: `(n, rows, columns)`, floating.
        taps: `(k,)`, NumPy, the same from both ends.
        axis: 1, or 2 for the columns.
        stride: Step between two results.

    Returns:
        `maps` with `(length - k) // stride + 1` entries along `axis`.
    """
    length = (ops.shape(maps)[axis] - len(taps)) // stride + 1
    reach = stride * (length - 1) + 1

    def shifted(first):
        window = slice(first, first + reach, stride)
        return maps[:, window] if axis == 1 else maps[:, :, window]

    last = len(taps) - 1
    total: Any = None
    for first in range(last // 2 + 1):
        pair = shifted(first)
        if first < last - first:
            pair = pair + shifted(last - first)
        term = pair * ops.convert_to_tensor(taps[first], maps.dtype)
        total = term if total is None else total + term
    return total


def correlate_window(maps, window):
    """Returns the correlation with a window, summed sample by sample, row by row.

    Slower than two passes, and rounded as by whoever does not separate small windows.

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
    """Returns `maps` continued along axis 1 or 2 by its first and last entries."""
    first, last = (
        (maps[:, :1], maps[:, -1:]) if axis == 1 else (maps[:, :, :1], maps[:, :, -1:])
    )
    return ops.concatenate([*[first] * before, maps, *[last] * after], axis=axis)


def gaussian_taps(size, sigma):
    """Returns the `(size,)` samples of a Gaussian, which sum to 1, float64.

    MATLAB's `fspecial('gaussian')` is their outer product: none of the windows used
    here is wide enough for its cut at machine precision. An even size has its centre
    between two samples.
    """
    offsets = np.arange(size) - (size - 1) / 2
    samples = np.exp(-(offsets**2) / (2 * sigma**2))
    return samples / samples.sum()
