"""The sharp and colourful patches of a pristine picture.

Reference: "No Reference Opinion Unaware Quality Assessment of Authentically Distorted
Images", WACV 2023, the patches that its pristine statistics are of.
"""

import math

import numpy as np
from scipy import ndimage

from tfiqa.pixels import luma

RADIUS = 3
SIGMA = 7 / 6


def select_patches(
    picture: np.ndarray,
    *,
    size: int = 96,
    sharpness: float = 0.75,
    colourfulness: float = 0.8,
) -> np.ndarray:
    """Returns the patches of a picture that are sharp, and then colourful, for it.

    The picture is cut into tiles from its upper left corner; what is left over is not
    looked at. A tile stays if it has more than a share of the sharpness of the
    sharpest one, and of these if it has more than a share of the colourfulness of the
    most colourful one. So a picture without any colour has no patches.

    Args:
        picture: uint8 `(height, width, 3)`.
        size: Side of a tile in pixels.
        sharpness: The first share.
        colourfulness: The second share.

    Returns:
        uint8 `(n, size, size, 3)`, row by row; n is 0 where the picture is smaller
        than a tile, flat or gray.
    """
    patches = tiles(picture, size)
    for measure, share in (
        (patch_sharpness, sharpness),
        (patch_colourfulness, colourfulness),
    ):
        values = np.array([measure(patch) for patch in patches])
        patches = patches[values > share * values.max(initial=0.0)]
    return patches


def tiles(picture: np.ndarray, size: int) -> np.ndarray:
    """Returns the whole tiles of a picture, `(n, size, size, 3)`, row by row."""
    rows, columns = (side // size for side in picture.shape[:2])
    whole = picture[: rows * size, : columns * size]
    blocks = whole.reshape(rows, size, columns, size, 3).swapaxes(1, 2)
    return blocks.reshape(-1, size, size, 3)


def patch_sharpness(patch: np.ndarray) -> float:
    """Returns the sum of the local deviations of the gray values of a patch.

    The window is a Gaussian of 7 x 7 pixels; beyond the patch there is black, so that
    its border counts as an edge. In units of `[0, 1]`.
    """
    gray = patch / 255.0 @ np.array(luma.MATLAB_PRINTED)
    mean = _windowed(gray)
    return float(np.sqrt(np.abs(_windowed(gray**2) - mean**2)).sum())


def patch_colourfulness(patch: np.ndarray) -> float:
    """Returns how far the opponent colours of a patch spread, and are from gray.

    As Hasler and Suesstrunk, "Measuring Colorfulness in Natural Images", 2003, but
    of absolute differences and with equal weights.
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
