"""JPEG files of which the end is missing, or pixels before it."""

import io
import re
import struct

import numpy as np
from PIL import Image

from tfiqa.data import jpeg_scans

_END = b"\xff\xd9"
_RESTARTS = range(0xD0, 0xD8)
# In the data of a scan, 0xFF is followed by zero or is a marker; fillings may precede.
_MARKER = re.compile(rb"\xff[\x01-\xfe]")
# Whatever the tables are, two of these decode to different pixels where some lack.
_FILLINGS = (b"", b"\x55" * 4096, b"\xaa" * 4096)
_GREY, _BLOCK = 128, 8


def is_jpeg(encoded: bytes) -> bool:
    """Returns whether bytes begin as JPEG files do."""
    return encoded.startswith(b"\xff\xd8\xff")


def has_end(encoded: bytes) -> bool:
    """Returns whether the end marker of a JPEG file is there.

    The one of a thumbnail, or of a second picture behind the first, does not count.
    """
    return _end_of(encoded) is not None


def with_end(encoded: bytes) -> bytes:
    """Returns a JPEG file with an end marker, if that alone is missing.

    Raises:
        ValueError: If pixels are missing.
    """
    begun = encoded.removesuffix(b"\xff")
    if _depends_on_filling(begun):
        raise ValueError("pixels are missing, not the end marker alone")
    return begun + _END


def lacks_pixels(encoded: bytes, image: Image.Image) -> bool:
    """Returns whether the data end before the pixels do, though an end marker follows.

    Decoders make the missing blocks grey, without an error. Where the last block is as
    they make it, or scans are missing, what follows the data is changed, and the
    picture decoded again.

    Args:
        encoded: A JPEG file with an end marker.
        image: The picture, loaded.
    """
    end = _end_of(encoded)
    doubtful = _may_be_missing(image) or (
        image.info.get("progressive") and jpeg_scans.lacks_scans(encoded)
    )
    if end is None or not doubtful:
        return False
    return _depends_on_filling(encoded[:end])


def _may_be_missing(image: Image.Image) -> bool:
    """Returns whether the last block of a picture is as decoders fill it in."""
    width, height = image.size
    left, top = ((side - 1) // _BLOCK * _BLOCK for side in (width, height))
    block = np.asarray(image.crop((left, top, width, height)))
    if image.info.get("progressive"):  # Other scans may have told its mean.
        return int(np.ptp(block[..., :1] if block.ndim == 3 else block)) <= 1
    return int(np.abs(block.astype(int) - _GREY).max()) <= 1


def _depends_on_filling(begun: bytes) -> bool:
    """Returns whether the pixels depend on what follows the data of a file.

    They do where the data end too early: so each of several fillings is decoded.
    """
    first, *others = (_pixels(begun + filling + _END) for filling in _FILLINGS)
    return not all(np.array_equal(first, other) for other in others)


def _end_of(encoded: bytes) -> int | None:
    """Returns the place of the end marker of the first picture, if there is one."""
    place = 2
    while found := _MARKER.search(encoded, place):
        marker, place = encoded[found.start() + 1], found.end()
        if marker == _END[1]:
            return found.start()
        if marker in _RESTARTS or marker == 0x01 or place + 2 > len(encoded):
            continue
        place += struct.unpack_from(">H", encoded, place)[0]
    return None


def _pixels(encoded: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(encoded), formats=["JPEG"]) as image:
        return np.asarray(image)
