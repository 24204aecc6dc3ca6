"""The sharp and colorful patches of a pristine image.

Reference: "No Reference Opinion Unaware Quality Assessment of Authentically Distorted
Images", WACV 2023, the patches of its pristine statistics.
"""

import math

import numpy as np
from scipy import ndimage

from tfiqa.pixels import luma

RADIUS = 3
SIGMA = 7 / 6


def select_patches(
    image: np.ndarray,
    *,
    size: int = 96,
    sharpness: float = 0.75,
    colorfulness: float = 0.8,
) -> np.ndarray:
    """Returns the patches of an image that are sharp and colorful, relative to others.

    The image is cut into tiles from its upper left corner; a remainder is ignored.
    Tiles are kept that have more than a share of the sharpness of the sharpest tile. Of
    these, tiles are kept that have more than a share of the colorfulness of the most
    colorful one. An image without color therefore has no patches.

    Args:
        image: uint8 `(height, width, 3)`.
        size: Side of a tile in pixels.
        sharpness: Share of the largest sharpness.
        colorfulness: Share of the largest colorfulness.

    Returns:
        uint8 `(n, size, size, 3)`, row by row; n is 0 if the image is smaller than a
        tile, flat or gray.
    """
    patches = tiles(image, size)
    for measure, share in (
        (patch_sharpness, sharpness),
        (patch_colorfulness, colorfulness),
    ):
        values = np.array([measure(patch) for patch in patches])
        patches = patches[values > share * values.max(initial=0.0)]
    return patches


def tiles(image: np.ndarray, size: int) -> np.ndarray:
    """Returns the complete tiles of an image, `(n, size, size, 3)`, row by row."""
    rows, columns = (side // size for side in image.shape[:2])
    covered = image[: rows * size, : columns * size]
    blocks = covered.reshape(rows, size, columns, size, 3).swapaxes(1, 2)
    return blocks.reshape(-1, size, size, 3)


def patch_sharpness(patch: np.ndarray) -> float:
    """Returns the sum of the local deviations of a patch's gray values in `[0, 1]`.

    The window is a Gaussian of 7 x 7 pixels. The patch is surrounded by black, so that
    its border counts as an edge.
    """
    gray = patch / 255.0 @ np.array(luma.MATLAB_PRINTED)
    mean = _windowed(gray)
    return float(np.sqrt(np.abs(_windowed(gray**2) - mean**2)).sum())


def patch_colorfulness(patch: np.ndarray) -> float:
    """Returns the spread of a patch's opponent colors plus their distance from gray.

    This is the measure of Hasler and Suesstrunk, "Measuring Colorfulness in Natural
    Images", 2003, but with absolute differences and equal weights.
    """
    red, green, blue = np.moveaxis(patch / 255.0, -1, 0)
    opponents = np.abs(red - green), np.abs((red + green) / 2 - blue)
    spread = [float(np.std(values, ddof=1)) for values in opponents]
    shift = [float(np.mean(values)) for values in opponents]
    return math.hypot(*spread) + math.hypot(*shift)


def _windowed(values: np.ndarray) -> np.ndarray:
    steps = np.arange(-RADIUS, RADIUS + 1)
    taps = np.exp(-(steps**2) / (2 * SIGMA**2))
    taps /= taps.sum()
    for axis in (0, 1):
        values = ndimage.correlate1d(values, taps, axis=axis, mode="constant")
    return values
