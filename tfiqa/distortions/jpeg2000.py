"""What JPEG 2000 does to a picture, through OpenJPEG.

Pillow lets one thread of Python at a time encode; OpenJPEG divides the work among
threads of its own where the environment says how many.
"""

import io
import os

import numpy as np
from PIL import Image

RESOLUTIONS = 5  # Four halvings, the default of MATLAB.
TOLERANCE = 0.025  # Of the length of a file.
ATTEMPTS = 6
REACH = 1.3  # Up to which factor more is asked for.


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
    than `TOLERANCE`, it is asked for a little more, in smaller blocks that it can cut
    more finely; the closest file counts. A picture with less in it than asked for gives
    the same file again: then it is left at that.
    """
    target = picture.nbytes / ratio
    files = [_encode(picture, ratio)]
    least, most = ratio / REACH, ratio
    while abs(len(files[-1]) / target - 1.0) > TOLERANCE and len(files) < ATTEMPTS:
        asked = (least * most) ** 0.5
        files.append(_encode(picture, asked, block=32))
        if len(files[-1]) > target:
            least = asked
        elif len(files[-1]) == len(files[-2]):
            break
        else:
            most = asked
    return min(files, key=lambda file: abs(len(file) - target))


def _encode(picture: np.ndarray, ratio: float, *, block: int = 64) -> bytes:
    os.environ.setdefault("OPJ_NUM_THREADS", "ALL_CPUS")
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
        codeblock_size=(block, block),
        progression="LRCP",
    )
    return file.getvalue()
