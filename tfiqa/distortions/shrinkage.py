"""Removal of white noise by shrinking the details of an undecimated wavelet."""

import numpy as np
import tensorflow as tf

from tfiqa.distortions.filters import filter_separably

SPLINE = np.array([1.0, 4.0, 6.0, 4.0, 1.0]) / 16.0
SCALES = 3
THRESHOLD = 3.0  # In standard deviations of the noise at each scale.


def shrink(planes: tf.Tensor, deviation: float) -> tf.Tensor:
    """Returns planes without the details that white noise explains.

    Details `d` of the "a trous" transform with the cubic spline are set to 0 up to a
    limit `t` and reduced by `t**2 / d` above it, the "non-negative garrote". The limit
    is `THRESHOLD` standard deviations of the noise at the scale.

    Args:
        planes: `(batch, channels, height, width)`.
        deviation: Standard deviation of the noise in units of the planes.

    References:
        Starck & Murtagh, "Astronomical image and data analysis", 2002, chapter 2.
        Gao, "Wavelet shrinkage denoising using the non-negative garrote", 1998.
    """
    smooth, kept = planes, planes
    for scale, noise in enumerate(detail_deviations()):
        coarser = filter_separably(smooth, dilated_spline(scale))
        limit = THRESHOLD * deviation * noise
        detail = smooth - coarser
        # The larger a detail, the less of it is removed, so that edges stay.
        kept -= detail / tf.maximum(tf.square(detail) * limit**-2, 1.0)
        smooth = coarser
    return kept


def dilated_spline(scale: int) -> np.ndarray:
    """Returns the smoothing kernel of a scale, from 0: taps are `2**scale` apart."""
    kernel = np.zeros(4 * 2**scale + 1)
    kernel[:: 2**scale] = SPLINE
    return kernel


def detail_deviations() -> list[float]:
    """Returns the standard deviation of unit white noise in the details at each scale.

    The details at a scale come from the difference of two separable kernels; the
    deviation is the root of the sum of its squares.
    """
    deviations = []
    smooth = np.ones(1)
    for scale in range(SCALES):
        coarser = np.convolve(smooth, dilated_spline(scale))
        margin = (len(coarser) - len(smooth)) // 2
        difference = -np.outer(coarser, coarser)
        inner = slice(margin, margin + len(smooth))
        difference[inner, inner] += np.outer(smooth, smooth)
        deviations.append(float(np.sqrt(np.square(difference).sum())))
        smooth = coarser
    return deviations
