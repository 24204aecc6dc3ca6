"""VIF, the visual information fidelity, in the pixel domain."""

import numpy as np
import scipy.ndimage

from tfiqa.metrics.full_reference import lumas

# Variance of the noise in the visual system.
NOISE = 2.0
SCALES = 4
TINY = 1e-10
# Smallest side that leaves one sample for the window of the fourth scale.
MIN_SIDE = 41


def vif(reference: np.ndarray, image: np.ndarray) -> float:
    """Returns the share of the reference's information that an image preserves.

    1 is a perfect copy; less is worse, and an image of higher contrast exceeds 1. The
    result is NaN if the reference is flat. This is the authors' multi-scale version in
    the pixel domain (`vifp_mscale`).

    Args:
        reference: uint8 `(height, width, 3)`, with sides of 41 pixels or more.
        image: The same scene, of the same size.

    Reference:
        Sheikh & Bovik, "Image information and visual quality", IEEE Transactions on
        Image Processing 2006.

    Raises:
        ValueError: If the sizes differ or are too small.
    """
    first, second = lumas(reference, image)
    if min(first.shape) < MIN_SIDE:
        raise ValueError(
            f"Sides of {MIN_SIDE} pixels or more are expected. "
            f"Received: reference.shape={reference.shape}"
        )
    kept = total = 0.0
    for scale in range(SCALES):
        taps = _window(2 ** (SCALES - scale) + 1)
        if scale:
            first, second = (_filtered(p, taps)[::2, ::2] for p in (first, second))
        numerator, denominator = _information(first, second, taps)
        kept += numerator
        total += denominator
    return kept / total if total > 0 else float("nan")


def _information(
    reference: np.ndarray, image: np.ndarray, taps: np.ndarray
) -> tuple[float, float]:
    """Returns the information in the image and in its reference at one scale."""
    products = reference * reference, image * image, reference * image
    first, second = _filtered(reference, taps), _filtered(image, taps)
    means = first * first, second * second, first * second
    pairs = zip(products, means, strict=True)
    own, other, both = (_filtered(p, taps) - m for p, m in pairs)
    own, other = np.maximum(own, 0), np.maximum(other, 0)
    gain = both / (own + TINY)
    lost = other - gain * both
    lost = np.where(own < TINY, other, lost)
    gain = np.where((own < TINY) | (other < TINY), 0, gain)
    own = np.where(own < TINY, 0, own)
    lost = np.where(other < TINY, 0, lost)
    lost = np.maximum(np.where(gain < 0, other, lost), TINY)
    gain = np.maximum(gain, 0)
    kept = np.sum(np.log10(1 + gain * gain * own / (lost + NOISE)))
    return float(kept), float(np.sum(np.log10(1 + own / NOISE)))


def _window(size: int) -> np.ndarray:
    """Returns the taps `(size,)` of a Gaussian whose sigma is a fifth of its size."""
    steps = np.arange(size) - size // 2
    taps = np.exp(-(steps**2) / (2 * (size / 5) ** 2))
    return taps / taps.sum()


def _filtered(plane: np.ndarray, taps: np.ndarray) -> np.ndarray:
    """Returns the plane filtered by a separable window, where the window fits."""
    half = len(taps) // 2
    for axis in (0, 1):
        plane = scipy.ndimage.correlate1d(plane, taps, axis=axis)
    return plane[half:-half, half:-half]
