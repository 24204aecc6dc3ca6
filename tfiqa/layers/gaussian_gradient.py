"""Derivatives of Gaussians, as IL-NIQE uses for gradients (Zhang et al., TIP 2015)."""

import math
from typing import Any

import keras
import numpy as np
from keras import ops

GROUP = 24  # Rows of a product. More take longer, and so do fewer.


def gaussian_gradient(maps, sigma):
    """Returns the convolutions with `x e` and `y e`, `e = exp(-(x^2+y^2) / 2 sigma^2)`.

    They are not normalized, and use zeros beyond the borders, as MATLAB's
    `conv2(..., 'same')`. Results are transposed: each pass of the separable filters
    runs along the rows.

    Args:
        maps: `(n, rows, columns)`, floating.
        sigma: Standard deviation of the Gaussian, which is cut off at 3 sigma.

    Returns:
        Derivatives along the columns (x) and along the rows (y), `(n, columns, rows)`.
    """
    half = math.ceil(3 * sigma)
    offsets = np.arange(-half, half + 1)
    bell = np.exp(-(offsets**2) / (2 * sigma**2))
    derivative = -offsets * bell  # Reversed, since this is a correlation.
    down = ops.pad(maps, [[0, 0], [half, half], [0, 0]])
    smooth, steep = (_along_rows(down, taps) for taps in (bell, derivative))
    smooth, steep = (
        ops.pad(ops.transpose(m, (0, 2, 1)), [[0, 0], [half, half], [0, 0]])
        for m in (smooth, steep)
    )
    return _along_rows(smooth, derivative), _along_rows(steep, bell)


def _along_rows(maps: Any, taps: np.ndarray) -> Any:
    """Returns the correlation along the second axis, for all channels together."""
    if keras.backend.backend() == "jax":  # XLA has no fast grouped convolution.
        length = maps.shape[1] - len(taps) + 1
        return sum(float(t) * maps[:, k : k + length] for k, t in enumerate(taps))
    # Some rows are the product of a banded matrix and all rows that they need.
    count, length, columns = ops.shape(maps)
    groups = -(-(length - len(taps) + 1) // GROUP)
    band = np.zeros((GROUP, GROUP + len(taps) - 1))
    for row in range(GROUP):
        band[row, row : row + len(taps)] = taps
    rows = GROUP * np.arange(groups)[:, None] + np.arange(band.shape[1])
    # The last group may reach beyond the maps; what it adds is cut off.
    some = ops.take(maps, np.minimum(rows, length - 1), axis=1)
    filtered = ops.matmul(ops.convert_to_tensor(band, maps.dtype), some)
    filtered = ops.reshape(filtered, (count, groups * GROUP, columns))
    return filtered[:, : length - len(taps) + 1]
