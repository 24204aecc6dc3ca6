"""Five color spaces of an image, as CONTRIQUE's views draw from them.

Each function maps an image, uint8 `(height, width, 3)` RGB, to one of the same shape
and dtype. They run on the CPU, thread-safe.
"""

import functools
from collections.abc import Callable
from collections.abc import Mapping

import numpy as np
import scipy.ndimage
from PIL import Image
from PIL import ImageCms

# XOR with it turns signed bytes of a and b into bytes with zero at 128, and back.
_SIGN_BITS = np.array([0, 128, 128], np.uint8)

# A Gaussian of seven taps, as for mean-subtracted coefficients.
_DEVIATION = 7 / 6
TAPS = np.exp(-(np.arange(-3, 4) ** 2) / (2 * _DEVIATION**2))
TAPS /= TAPS.sum()

# Avoids a division by zero for constant images.
SMALL = np.float32(1e-3)


def gray(pixels: np.ndarray) -> np.ndarray:
    """Returns the luma of ITU-R BT.601, repeated in three channels."""
    luma = np.asarray(Image.fromarray(pixels).convert("L"))
    return np.repeat(luma[..., None], 3, axis=2)


def lab(pixels: np.ndarray) -> np.ndarray:
    """Returns CIE Lab at white point D50: L scaled to 0..255, a and b plus 128."""
    return lab_of_signed_bytes(pixels) ^ _SIGN_BITS


def lab_of_signed_bytes(pixels: np.ndarray) -> np.ndarray:
    """Returns CIE Lab like `lab`, but with a and b as signed bytes: 255 means -1.

    Pillow's array of a Lab image has this form, and the authors' code trains on it.
    """
    return np.asarray(ImageCms.applyTransform(Image.fromarray(pixels), _to_lab()))


def hsv(pixels: np.ndarray) -> np.ndarray:
    """Returns hue, saturation and value, each from 0 to 255."""
    return np.asarray(Image.fromarray(pixels).convert("HSV"))


def local_mean(pixels: np.ndarray) -> np.ndarray:
    """Returns each channel minus its local mean, stretched to 0..255.

    The local mean is a Gaussian of seven taps with mirrored borders. There is no
    division by the local deviation.
    """
    planes = pixels.astype(np.float32)
    mean = planes
    for axis in (0, 1):
        mean = scipy.ndimage.correlate1d(mean, TAPS, axis=axis, mode="reflect")
    planes -= mean
    lowest, highest = (end(planes, axis=(0, 1)) for end in (np.min, np.max))
    planes -= lowest
    planes *= 255 / (highest - lowest + SMALL)
    return planes.astype(np.uint8)


def rgb(pixels: np.ndarray) -> np.ndarray:
    """Returns the image unchanged."""
    return pixels


COLOR_VIEWS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "gray": gray,
    "lab": lab,
    "lab_of_signed_bytes": lab_of_signed_bytes,
    "hsv": hsv,
    "local_mean": local_mean,
    "rgb": rgb,
}


@functools.cache
def _to_lab() -> ImageCms.ImageCmsTransform:
    srgb, d50 = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    return ImageCms.buildTransform(srgb, d50, "RGB", "LAB")
