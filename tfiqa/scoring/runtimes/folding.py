"""Convolutions with their batch normalization folded in, as LiteRT stores them."""

from collections.abc import Mapping

import numpy as np


def folded(
    arrays: Mapping[str, np.ndarray],
    convolution: str,
    normalization: str,
    epsilon: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the kernel and bias of a convolution that includes the normalization.

    Args:
        arrays: Published weights by name; kernels are `(out, in, rows, columns)`.
        convolution: Name of the convolution, which has no bias.
        normalization: Name of the batch normalization that follows it.
        epsilon: Epsilon of the normalization.

    Returns:
        float32 `(out, in, rows, columns)` and `(out,)`.
    """
    gamma, beta, mean, variance = (
        arrays[f"{normalization}.{part}"].astype(np.float64)
        for part in ("weight", "bias", "running_mean", "running_var")
    )
    factor = gamma / np.sqrt(variance + epsilon)
    kernel = arrays[f"{convolution}.weight"] * factor[:, None, None, None]
    return kernel.astype(np.float32), (beta - mean * factor).astype(np.float32)


def as_litert_stores(kernel: np.ndarray, *, depthwise: bool) -> np.ndarray:
    """Returns a kernel in the order of LiteRT.

    Args:
        kernel: `(out, in, rows, columns)`; `in` is 1 if it is depthwise.
        depthwise: Whether there is one kernel for each channel.

    Returns:
        `(out, rows, columns, in)`, or `(1, rows, columns, out)` if it is depthwise.
    """
    axes = (1, 2, 3, 0) if depthwise else (0, 2, 3, 1)
    return np.ascontiguousarray(kernel.transpose(axes))
