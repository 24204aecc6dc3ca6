"""Detects damaged files that decoders accept, with pixels that are wrong."""

import struct
import zlib

import numpy as np
from PIL import Image

from tfiqa.data import declared_lengths
from tfiqa.data import gif_colors
from tfiqa.data import jpeg_end
from tfiqa.data import jpeg_scans
from tfiqa.data import png_rows

_COMPRESSION, _DEFLATE = 259, (8, 32946)
_STRIPS, _TILES = (273, 279), (324, 325)
_BMP_START = 14  # Bytes before the header of a BMP file.
_STEP = 1 << 20


def check(encoded: bytes, image: Image.Image, stored: np.ndarray | None = None) -> None:
    """Raises an error if a file is damaged although its decoder accepted it.

    Checks checksums where the format has them (`png_chunks` does for PNG), and markers
    and lengths elsewhere. `docs/reliability.md` lists damage that cannot be detected.

    Args:
        encoded: The file.
        image: The image, loaded unless `stored` is given.
        stored: Its pixels as they are stored, for JPEG files.

    Raises:
        ValueError: If the file is damaged.
    """
    fault = ""
    if jpeg_end.is_jpeg(encoded):
        fault = jpeg_scans.fault(encoded)
        if not fault and jpeg_end.lacks_pixels(encoded, image, stored):
            fault = "the data end before the last pixel"
    elif image.format == "PNG":
        png_rows.check(encoded, image)
    elif image.format in ("WEBP", "AVIF"):
        fault = declared_lengths.fault(encoded)
    elif image.format == "TIFF":
        fault = _tiff_fault(encoded, image)
    elif image.format == "GIF":
        fault = gif_colors.fault(encoded, image)
    elif image.format == "BMP":
        fault = _bmp_fault(encoded)
    if fault:
        raise ValueError(f"the file is damaged: {fault}")


def _bmp_fault(encoded: bytes) -> str:
    pixels, header = struct.unpack_from("<II", encoded, 10)
    # Zero stands for where the header ends.
    inside = 0 < pixels < _BMP_START + header
    return "its pixels begin inside its header" if inside else ""


def _tiff_fault(encoded: bytes, image: Image.Image) -> str:
    """Checks the checksums of deflated strips, which libtiff ignores."""
    tags = getattr(image, "tag_v2", {})
    if tags.get(_COMPRESSION) not in _DEFLATE:
        return ""
    # Limits the work: no valid strip unpacks to more than the image.
    limit = 8 * image.width * image.height + _STEP
    for starts, lengths in (_STRIPS, _TILES):
        pieces = zip(tags.get(starts, ()), tags.get(lengths, ()), strict=False)
        for number, (start, length) in enumerate(pieces):
            if not _is_intact(encoded[start : start + length], limit):
                return f"the checksum of strip or tile {number} is wrong"
    return ""


def _is_intact(packed: bytes, limit: int) -> bool:
    stream, unpacked = zlib.decompressobj(), 0
    try:
        while packed and not stream.eof and unpacked <= limit:
            unpacked += len(stream.decompress(packed, _STEP))
            packed = stream.unconsumed_tail
    except zlib.error:
        return False
    return True
