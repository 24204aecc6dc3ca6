"""Checks that a PNG file has its end and the data of all declared rows.

If the data end too early, with a correct checksum, Pillow does not notice: it decodes
the missing rows as zeros.
"""

import struct
import zlib
from collections.abc import Iterator

from PIL import Image

from tfiqa.data import png_chunks

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
# First column and row, and steps, of the seven passes of an interlaced image.
_PASSES = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)
_STEP = 1 << 20


def check(encoded: bytes, image: Image.Image) -> None:
    """Raises an error if a PNG file lacks its end or the data of some rows.

    The data are unpacked a second time only if the last row is zero, as a missing one
    would be, or if the image is interlaced.

    Args:
        encoded: The file.
        image: The loaded image.

    Raises:
        ValueError: If rows or the end are missing, or the header is invalid.
    """
    if not any(True for _ in png_chunks.contents(encoded, b"IEND")):
        raise ValueError("the file is truncated: its end is missing")
    compression, filtering, interlacing = encoded[26:29]
    if compression or filtering or interlacing > 1:
        raise ValueError("the file is damaged: its header declares unknown methods")
    interlaced = interlacing != 0
    last = image.crop((0, image.height - 1, image.width, image.height))
    if not interlaced and any(last.tobytes()):
        return
    expected = data_length(encoded)
    length = _unpacked(png_chunks.contents(encoded, b"IDAT"), expected)
    if length < expected:
        raise ValueError(
            f"the file is damaged: it declares {expected:,} bytes of pixels, and has "
            f"{length:,}"
        )


def data_length(encoded: bytes) -> int:
    """Returns the number of bytes of the rows of a PNG file, from its header."""
    width, height, bits, color = struct.unpack_from(">IIBB", encoded, 16)
    bits *= _CHANNELS.get(color, 1)
    passes = _PASSES if encoded[28] else ((0, 0, 1, 1),)
    total = 0
    for left, top, across, down in passes:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + -(-columns * bits // 8))
    return total


def _unpacked(chunks: Iterator[bytes], limit: int) -> int:
    """Returns the length of unpacked data; stops soon after it reaches `limit`."""
    stream, length = zlib.decompressobj(), 0
    try:
        for packed in chunks:
            while packed and length < limit and not stream.eof:
                length += len(stream.decompress(packed, _STEP))
                packed = stream.unconsumed_tail
    except zlib.error:
        return length
    return length
