"""Damage that decoders forgive: pixels that come out, and are not those of the file."""

import zlib

from PIL import Image

from tfiqa.data import declared_lengths
from tfiqa.data import jpeg_end
from tfiqa.data import jpeg_scans
from tfiqa.data import png_rows

_COMPRESSION, _DEFLATE = 259, (8, 32946)
_STRIPS, _TILES = (273, 279), (324, 325)
_STEP = 1 << 20


def check(encoded: bytes, image: Image.Image) -> None:
    """Raises an error if the pixels of a picture are not those that its file had.

    What carries check sums has them looked at (those of PNG: `png_chunks`); of others,
    markers and lengths. `docs/reliability.md` has what cannot be seen.

    Args:
        encoded: The file.
        image: The picture, loaded.

    Raises:
        ValueError: If they are not.
    """
    fault = ""
    if jpeg_end.is_jpeg(encoded):
        fault = jpeg_scans.fault(encoded)
        if not fault and jpeg_end.lacks_pixels(encoded, image):
            fault = "the data end before the last of the pixels"
    elif image.format == "PNG":
        png_rows.check(encoded, image)
    elif image.format in ("WEBP", "AVIF"):
        fault = declared_lengths.fault(encoded)
    elif image.format == "TIFF":
        fault = _tiff_fault(encoded, image)
    if fault:
        raise ValueError(f"the file is damaged: {fault}")


def _tiff_fault(encoded: bytes, image: Image.Image) -> str:
    """Looks at the check sums of deflated strips, which libtiff does not read."""
    tags = getattr(image, "tag_v2", {})
    if tags.get(_COMPRESSION) not in _DEFLATE:
        return ""
    # No strip unpacks to more than the picture, whatever it declares.
    most = 8 * image.width * image.height + _STEP
    for starts, lengths in (_STRIPS, _TILES):
        places = zip(tags.get(starts, ()), tags.get(lengths, ()), strict=False)
        for number, (start, length) in enumerate(places):
            if not _is_intact(encoded[start : start + length], most):
                return f"the check sum of its strip {number} is wrong"
    return ""


def _is_intact(packed: bytes, most: int) -> bool:
    stream, unpacked = zlib.decompressobj(), 0
    try:
        while packed and not stream.eof and unpacked <= most:
            unpacked += len(stream.decompress(packed, _STEP))
            packed = stream.unconsumed_tail
    except zlib.error:
        return False
    return True
