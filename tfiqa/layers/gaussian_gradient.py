"""Derivatives of Gaussians, as IL-NIQE uses for gradients (Zhang et al., TIP 2015)."""

import math
from typing import Any

import keras
import numpy as np
from keras import ops


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
    bell, derivative = _taps(sigma)
    half = len(bell) // 2
    down = _padded_rows(maps, half)
    smooth, steep = (_along_rows(down, taps) for taps in (bell, derivative))
    smooth, steep = (
        _padded_rows(ops.transpose(m, (0, 2, 1)), half) for m in (smooth, steep)
    )
    return _along_rows(smooth, derivative), _along_rows(steep, bell)


def gaussian_gradient_of_steps(maps: Any, sigma: float, dtype: str) -> tuple[Any, Any]:
    """Returns the same as `gaussian_gradient`, from differences of neighbors.

    The differences are taken in the dtype of the maps, and filtered in another one.
    Their filter has no negative taps, so that lower precision loses nothing: where
    maps are flat, the result is exactly zero.

    Args:
        maps: See `gaussian_gradient`.
        sigma: See `gaussian_gradient`.
        dtype: Dtype of the filters and of the result.
    """
    bell, derivative = _taps(sigma)
    half = len(bell) // 2
    sums = -np.cumsum(derivative)[:-1]
    down = _padded_rows(maps, half)
    across = ops.pad(maps, [[0, 0], [0, 0], [half, half]])
    down = ops.cast(down[:, 1:] - down[:, :-1], dtype)
    across = ops.cast(across[:, :, 1:] - across[:, :, :-1], dtype)
    smooth = ops.transpose(_along_rows(_padded_rows(across, half), bell), (0, 2, 1))
    steep = ops.transpose(_along_rows(down, sums), (0, 2, 1))
    return _along_rows(smooth, sums), _along_rows(_padded_rows(steep, half), bell)


def _taps(sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """Returns the Gaussian and its derivative, cut off at 3 sigma."""
    half = math.ceil(3 * sigma)
    offsets = np.arange(-half, half + 1)
    bell = np.exp(-(offsets**2) / (2 * sigma**2))
    return bell, -offsets * bell  # Reversed, since this is a correlation.


def _padded_rows(maps: Any, count: int) -> Any:
    return ops.pad(maps, [[0, 0], [count, count], [0, 0]])


def _along_rows(maps: Any, taps: np.ndarray) -> Any:
    """Returns the correlation along the second axis, for all channels together."""
    if keras.backend.backend() == "jax":  # XLA has no fast grouped convolution.
        length = maps.shape[1] - len(taps) + 1
        return sum(float(t) * maps[:, k : k + length] for k, t in enumerate(taps))
    channels = ops.shape(maps)[2]
    kernel = ops.reshape(ops.convert_to_tensor(taps, maps.dtype), (-1, 1, 1, 1))
    filtered = ops.depthwise_conv(
        ops.expand_dims(maps, 2),
        ops.broadcast_to(kernel, (len(taps), 1, channels, 1)),
        data_format="channels_last",
    )
    return ops.squeeze(filtered, 2)
