"""Correlation of planes with short filters, in NumPy.

A few results at a time are the product of a banded matrix and the samples that they
need. Most of the matrix is zero, but sums of shifted planes, each of which reads and
writes a plane, take longer.
"""

import functools

import numpy as np
from numpy.lib.stride_tricks import as_strided

GROUP = 8  # Results of a product.
# Columns of a product. BLAS would divide a wider one among threads, which wait for one
# another if images are scored in threads as well.
WIDEST = 1024


def correlate(
    planes: np.ndarray, taps: tuple[float, ...], out: np.ndarray, *, axis: int, step=1
) -> None:
    """Writes every `step`-th correlation along an axis, where the filter fits.

    Args:
        planes: `(n, rows, columns)`, floating, contiguous along the columns.
        taps: The filter, of length `k`.
        out: As `planes`, but with `count` samples along the axis, for which `planes`
            has `step * (count - 1) + k`.
        axis: 1 or 2. Both are fast.
        step: 2 for half of the samples.
    """
    count = out.shape[axis]
    whole = count // GROUP
    for first, size, number in ((0, GROUP, whole), (GROUP * whole, count % GROUP, 1)):
        if not size * number:
            continue
        matrix = _banded(taps, size, step)
        span = matrix.shape[1]
        samples = _windows(planes, axis, step * first, step * size, span, number)
        results = _windows(out, axis, first, size, size, number)
        if axis == 2:
            np.matmul(samples, matrix.T, out=results)
            continue
        for left in range(0, planes.shape[2], WIDEST):
            some = np.s_[..., left : left + WIDEST]
            np.matmul(matrix, samples[some], out=results[some])


def _windows(
    planes: np.ndarray, axis: int, first: int, step: int, size: int, count: int
) -> np.ndarray:
    """Returns views of `count` windows along an axis, `(n, count, rows, columns)`.

    Args:
        planes: `(n, rows, columns)`.
        axis: 1 or 2.
        first: Where the first window starts.
        step: From one window to the next.
        size: Samples of a window.
        count: Number of windows.
    """
    inside = planes[:, first:] if axis == 1 else planes[:, :, first:]
    shape, strides = list(inside.shape), list(inside.strides)
    shape[axis] = size
    return as_strided(
        inside,
        (shape[0], count, *shape[1:]),
        (strides[0], step * strides[axis], *strides[1:]),
    )


@functools.cache
def _banded(taps: tuple[float, ...], size: int, step: int) -> np.ndarray:
    """Returns the matrix from samples to `size` results."""
    matrix = np.zeros((size, step * (size - 1) + len(taps)))
    for row in range(size):
        matrix[row, step * row : step * row + len(taps)] = taps
    return matrix
