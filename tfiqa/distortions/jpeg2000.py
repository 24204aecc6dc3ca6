"""The effect of JPEG 2000 on an image, by OpenJPEG.

Images are coded in parallel where OpenJPEG can be called directly; see `openjpeg`.
Elsewhere Pillow calls it, one Python thread at a time. OpenJPEG divides the work among
its own threads if the environment says how many. Files are the same on all ways.
"""

import io
import os

import numpy as np
from PIL import Image

from tfiqa.distortions import openjpeg

RESOLUTIONS = 5  # Four halvings, MATLAB's default.
TOLERANCE = 0.025  # Relative to the length of a file.
ATTEMPTS = 6
SEARCH_FACTOR = 1.3  # Largest factor by which the ratio is lowered.


def through_jpeg2000(image: np.ndarray, ratio: float) -> np.ndarray:
    """Returns an image as decoded from a JPEG 2000 file of it.

    The file has one tile and one layer, and uses the irreversible wavelet and color
    transform.

    Args:
        image: uint8 `(height, width, 3)`.
        ratio: Bytes of the image over bytes of the file. The codec comes within 3 % of
            it, unless the image has too little detail for a file of that length.

    Returns:
        uint8 `(height, width, 3)`.
    """
    file = encode(image, ratio)
    if openjpeg.is_available():
        return openjpeg.decode(file)
    with Image.open(io.BytesIO(file)) as decoded:
        return np.asarray(decoded)


def encode(image: np.ndarray, ratio: float) -> bytes:
    """Returns the JPEG 2000 file of an image, uint8 `(height, width, 3)`.

    The codec stops before the file gets too long. If it stops too early by more than
    `TOLERANCE`, the search tries lower ratios, with smaller blocks, which it can
    truncate more finely, and returns the closest file. An image with too little detail
    gives the same file again, which ends the search.
    """
    target = image.nbytes / ratio
    files = [_encode(image, ratio)]
    least, most = ratio / SEARCH_FACTOR, ratio
    while abs(len(files[-1]) / target - 1.0) > TOLERANCE and len(files) < ATTEMPTS:
        tried = (least * most) ** 0.5
        files.append(_encode(image, tried, block=32))
        if len(files[-1]) > target:
            least = tried
        elif len(files[-1]) == len(files[-2]):
            break
        else:
            most = tried
    return min(files, key=lambda file: abs(len(file) - target))


def _encode(image: np.ndarray, ratio: float, *, block: int = 64) -> bytes:
    os.environ.setdefault("OPJ_NUM_THREADS", "ALL_CPUS")
    # The coarsest resolution keeps at least two samples of the smaller side.
    resolutions = min(RESOLUTIONS, min(image.shape[:2]).bit_length() - 1)
    if openjpeg.is_available():
        return openjpeg.encode(image, ratio, resolutions=resolutions, block=block)
    file = io.BytesIO()
    Image.fromarray(image).save(
        file,
        "JPEG2000",
        quality_mode="rates",
        quality_layers=[ratio],
        irreversible=True,
        mct=1,  # The color transform, off by default in Pillow.
        num_resolutions=resolutions,
        codeblock_size=(block, block),
        progression="LRCP",
    )
    return file.getvalue()
