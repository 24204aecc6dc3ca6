"""JPEG files that lack their end marker, or pixels before it."""

import io
import re
import struct

import numpy as np
from PIL import Image

from tfiqa.data import jpeg_scans

_END = b"\xff\xd9"
_RESTARTS = range(0xD0, 0xD8)
# In the data of a scan, 0xFF is followed by zero or begins a marker. Padding may
# precede a marker.
_MARKER = re.compile(rb"\xff[\x01-\xfe]")
# If pixels are missing, at least two of these decode differently, whatever the tables.
_FILLINGS = (b"", b"\x55" * 4096, b"\xaa" * 4096)
_GRAY, _BLOCK = 128, 8


def is_jpeg(encoded: bytes) -> bool:
    """Returns whether bytes begin as JPEG files do."""
    return encoded.startswith(b"\xff\xd8\xff")


def has_end(encoded: bytes) -> bool:
    """Returns whether a JPEG file has an end marker.

    The end marker of a thumbnail, or of a second image after the first, does not count.
    """
    return _end_of(encoded) is not None


def with_end(encoded: bytes) -> bytes:
    """Returns a JPEG file with an end marker added, if nothing else is missing.

    Raises:
        ValueError: If pixels are missing.
    """
    data = encoded.removesuffix(b"\xff")
    if _depends_on_filling(data):
        raise ValueError("pixels are missing, not only the end marker")
    return data + _END


def lacks_pixels(
    encoded: bytes, image: Image.Image, stored: np.ndarray | None = None
) -> bool:
    """Returns whether pixels are missing although the file has an end marker.

    Decoders fill in missing blocks with gray, without an error. If the last block looks
    filled in, or scans are missing, the file is decoded again with different bytes
    after its data: missing pixels then change.

    Args:
        encoded: A JPEG file with an end marker.
        image: The image, loaded unless `stored` is given.
        stored: Its pixels as they are stored.
    """
    end = _end_of(encoded)
    doubtful = _may_be_missing(image, stored) or (
        image.info.get("progressive") and jpeg_scans.lacks_scans(encoded)
    )
    if end is None or not doubtful:
        return False
    return _depends_on_filling(encoded[:end])


def _may_be_missing(image: Image.Image, stored: np.ndarray | None) -> bool:
    """Returns whether the last block of an image may be filled in by the decoder."""
    width, height = image.size
    left, top = ((side - 1) // _BLOCK * _BLOCK for side in (width, height))
    if stored is None:
        block = np.asarray(image.crop((left, top, width, height)))
    else:
        block = stored[top:, left:]
    if image.info.get("progressive"):  # An earlier scan may have set its mean.
        return int(np.ptp(block[..., :1] if block.ndim == 3 else block)) <= 1
    return int(np.abs(block.astype(int) - _GRAY).max()) <= 1


def _depends_on_filling(data: bytes) -> bool:
    """Returns whether the pixels depend on the bytes after the data of a file.

    They do if the data end too early. Each of `_FILLINGS` is decoded to find out.
    """
    first, *others = (_pixels(data + filling + _END) for filling in _FILLINGS)
    return not all(np.array_equal(first, other) for other in others)


def _end_of(encoded: bytes) -> int | None:
    """Returns the offset of the end marker of the first image, if it has one."""
    offset = 2
    while match := _MARKER.search(encoded, offset):
        marker, offset = encoded[match.start() + 1], match.end()
        if marker == _END[1]:
            return match.start()
        if marker in _RESTARTS or marker == 0x01 or offset + 2 > len(encoded):
            continue
        offset += struct.unpack_from(">H", encoded, offset)[0]
    return None


def _pixels(encoded: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(encoded), formats=["JPEG"]) as image:
        return np.asarray(image)
