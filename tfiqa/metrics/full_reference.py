"""Full-reference measures: how far an image is from its pristine reference.

Both take 8-bit RGB images, uint8 `(height, width, 3)`, and measure their luma.
"""

import numpy as np
import scipy.ndimage
import tensorflow as tf

from tfiqa.pixels.luma import BT601

# Xue et al., section II-B: for 8-bit luma.
_GMSD_CONSTANT = 170.0
# Smallest side that leaves five scales of an 11-pixel window.
MIN_SIDE = 176


def gmsd(reference: np.ndarray, image: np.ndarray) -> float:
    """Returns the deviation of the gradient magnitude similarity; 0 is a perfect copy.

    Reference: Xue et al., "Gradient magnitude similarity deviation: a highly efficient
    perceptual image quality index", TIP 2014.
    """
    first, second = (_gradients(_halved(y)) for y in lumas(reference, image))
    similarity = (2 * first * second + _GMSD_CONSTANT) / (
        np.square(first) + np.square(second) + _GMSD_CONSTANT
    )
    return float(np.std(similarity))


def ms_ssim(reference: np.ndarray, image: np.ndarray) -> float:
    """Returns the multi-scale structural similarity; 1 is a perfect copy.

    Reference: Wang et al., "Multiscale structural similarity for image quality
    assessment", Asilomar 2003.

    Raises:
        ValueError: If a side is shorter than 176 pixels.
    """
    if min(reference.shape[:2]) < MIN_SIDE:
        raise ValueError(
            f"Sides of {MIN_SIDE} pixels or more are expected. "
            f"Received: reference.shape={reference.shape}"
        )
    planes = (y[..., None].astype("float32") for y in lumas(reference, image))
    return float(tf.image.ssim_multiscale(*planes, max_val=255.0))


def lumas(reference: np.ndarray, image: np.ndarray) -> list[np.ndarray]:
    """Returns the lumas of two images of one size, each float64 `(height, width)`."""
    if reference.shape != image.shape or reference.ndim != 3:
        raise ValueError(
            "Two images `(height, width, 3)` of one size are expected. "
            f"Received: {reference.shape} and {image.shape}"
        )
    return [pixels.astype("float64") @ np.array(BT601) for pixels in (reference, image)]


def _halved(luma: np.ndarray) -> np.ndarray:
    """Returns means of 2 x 2 pixels; drops an odd last row or column."""
    height, width = (side // 2 for side in luma.shape)
    blocks = luma[: 2 * height, : 2 * width].reshape(height, 2, width, 2)
    return blocks.mean(axis=(1, 3))


def _gradients(luma: np.ndarray) -> np.ndarray:
    """Returns the magnitudes of Prewitt gradients; pixels outside count as black."""
    prewitt = np.array([[1, 0, -1]] * 3) / 3
    across = scipy.ndimage.correlate(luma, prewitt, mode="constant")
    down = scipy.ndimage.correlate(luma, prewitt.T, mode="constant")
    return np.hypot(across, down)
