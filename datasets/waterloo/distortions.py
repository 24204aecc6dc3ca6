"""The four distortions of the Waterloo Exploration database (Ma et al., 2017, II-B).

Each function takes uint8 pixels `(height, width, 3)`, a level from 1 (faint) to 5
(severe) and the name of the image, and returns an encoded file and its suffix.
"""

import io
import zlib

import numpy as np
from PIL import Image
from scipy import ndimage

LEVELS = range(1, 6)
# JPEG quality 0 acts as 1.
JPEG_QUALITIES = (43, 12, 7, 4, 1)
JPEG2000_BITS_PER_PIXEL = (0.46, 0.16, 0.07, 0.04, 0.02)
BLUR_SIDES = (7, 15, 39, 91, 199)
# For samples in [0, 1].
NOISE_VARIANCES = (2**-10, 2**-7.5, 2**-5.5, 2**-3.5, 1.0)


def jpeg(pixels: np.ndarray, level: int, name: str) -> tuple[bytes, str]:
    """Returns the image as a JPEG file."""
    return _file(pixels, "JPEG", quality=JPEG_QUALITIES[level - 1]), "jpg"


def jpeg2000(pixels: np.ndarray, level: int, name: str) -> tuple[bytes, str]:
    """Returns the image as a JPEG 2000 file with 9/7 wavelets."""
    rate = 24 / JPEG2000_BITS_PER_PIXEL[level - 1]
    options = {"quality_mode": "rates", "quality_layers": [rate]}
    return _file(pixels, "JPEG2000", irreversible=True, **options), "jp2"


def gaussian_blur(pixels: np.ndarray, level: int, name: str) -> tuple[bytes, str]:
    """Returns the image blurred by a window of six standard deviations."""
    side = BLUR_SIDES[level - 1]
    offsets = np.arange(side) - side // 2
    window = np.exp(-(offsets**2) / (2 * (side / 6) ** 2))
    blurred = pixels.astype(np.float64)
    for axis in (0, 1):
        # What SciPy calls "reflect" repeats the border pixel.
        blurred = ndimage.correlate1d(
            blurred, window / window.sum(), axis=axis, mode="reflect"
        )
    return _file(_rounded(blurred), "PNG"), "png"


def white_noise(pixels: np.ndarray, level: int, name: str) -> tuple[bytes, str]:
    """Returns the image with independent noise in each sample."""
    rng = np.random.default_rng([zlib.crc32(name.encode()), level])
    deviation = 255 * np.sqrt(NOISE_VARIANCES[level - 1])
    noise = rng.normal(scale=deviation, size=pixels.shape)
    return _file(_rounded(pixels + noise), "PNG"), "png"


DISTORTIONS = {
    "jpeg": jpeg,
    "jpeg2000": jpeg2000,
    "gaussian_blur": gaussian_blur,
    "white_noise": white_noise,
}


def _rounded(samples: np.ndarray) -> np.ndarray:
    return np.floor(np.clip(samples, 0, 255) + 0.5).astype(np.uint8)


def _file(pixels: np.ndarray, kind: str, **options) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()
