"""What JPEG 2000 does to a picture, through OpenJPEG."""

import io

import numpy as np
from PIL import Image

RESOLUTIONS = 5  # Four halvings, the default of MATLAB.
TOLERANCE = 0.02  # Of the length of a file.
ATTEMPTS = 5


def through_jpeg2000(picture: np.ndarray, ratio: float) -> np.ndarray:
    """Returns a picture as it comes back from a JPEG 2000 file.

    One tile and one layer, the irreversible wavelet and color transform.

    Args:
        picture: uint8 `(height, width, 3)`.
        ratio: Bytes of the picture over bytes of the file. The codec comes within
            3 % of it where the picture has enough in it.

    Returns:
        uint8 `(height, width, 3)`.
    """
    with Image.open(io.BytesIO(encode(picture, ratio))) as decoded:
        return np.asarray(decoded)


def encode(picture: np.ndarray, ratio: float) -> bytes:
    """Returns the JPEG 2000 file of a picture uint8 `(height, width, 3)`.

    The codec stops before the file gets too long. Where it stops too early by more
    than `TOLERANCE`, it is asked for a little more, and the closest file is taken.
    """
    asked, closest = ratio, b""
    for _ in range(ATTEMPTS):
        file = _encode(picture, asked)
        if _error(picture, file, ratio) < _error(picture, closest, ratio):
            closest = file
        if _error(picture, closest, ratio) <= TOLERANCE:
            break
        asked *= (ratio * len(file) / picture.nbytes) ** 0.7
    return closest


def _error(picture: np.ndarray, file: bytes, ratio: float) -> float:
    """Returns how far the length of a file is from its target, over the target."""
    target = picture.nbytes / ratio
    return abs(len(file) - target) / target


def _encode(picture: np.ndarray, ratio: float) -> bytes:
    # The coarsest resolution keeps at least two samples of the smaller side.
    resolutions = min(RESOLUTIONS, min(picture.shape[:2]).bit_length() - 1)
    file = io.BytesIO()
    Image.fromarray(picture).save(
        file,
        "JPEG2000",
        quality_mode="rates",
        quality_layers=[ratio],
        irreversible=True,
        mct=1,  # The color transform, off by default in Pillow.
        num_resolutions=resolutions,
        progression="LRCP",
    )
    return file.getvalue()
