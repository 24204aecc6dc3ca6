"""JPEG files of which the end is missing."""

import io
import re
import struct

import numpy as np
from PIL import Image

_END = b"\xff\xd9"
_RESTARTS = range(0xD0, 0xD8)
# In the data of a scan, 0xFF is followed by zero or is a marker; fillings may precede.
_MARKER = re.compile(rb"\xff[\x01-\xfe]")
# Whatever the tables are, two of these decode to different pixels where some lack.
_FILLINGS = (b"", b"\x55" * 4096, b"\xaa" * 4096)


def is_jpeg(encoded: bytes) -> bool:
    """Returns whether bytes begin as JPEG files do."""
    return encoded.startswith(b"\xff\xd8\xff")


def has_end(encoded: bytes) -> bool:
    """Returns whether the end marker of a JPEG file is there.

    The one of a thumbnail, or of a second picture behind the first, does not count.
    """
    place = 2
    while found := _MARKER.search(encoded, place):
        marker, place = encoded[found.start() + 1], found.end()
        if marker == _END[1]:
            return True
        if marker in _RESTARTS or marker == 0x01 or place + 2 > len(encoded):
            continue
        place += struct.unpack_from(">H", encoded, place)[0]
    return False


def with_end(encoded: bytes) -> bytes:
    """Returns a JPEG file with an end marker, if that alone is missing.

    Where pixels are missing too, the last of them depend on what follows; so each of
    several fillings is decoded.

    Raises:
        ValueError: If pixels are missing.
    """
    begun = encoded.removesuffix(b"\xff")
    first, *others = (_pixels(begun + filling + _END) for filling in _FILLINGS)
    if not all(np.array_equal(first, other) for other in others):
        raise ValueError("pixels are missing, not the end marker alone")
    return begun + _END


def _pixels(encoded: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(encoded), formats=["JPEG"]) as image:
        return np.asarray(image)
