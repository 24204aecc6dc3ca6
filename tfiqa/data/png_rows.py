"""Whether a PNG file has an end, and the data of all rows that its header declares.

Pillow takes data that end too early, with a right check sum, for all there is: the rows
that are missing come out as zeros.
"""

import struct
import zlib
from collections.abc import Iterator

from PIL import Image

from tfiqa.data import png_chunks

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
# First column and row, and steps, of the seven passes of an interlaced picture.
_PASSES = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)
_STEP = 1 << 20


def check(encoded: bytes, image: Image.Image) -> None:
    """Raises an error if a PNG file ends, or its data do, before its rows do.

    Data are unpacked a second time only where the last row is zero, as a missing one
    is, or where the picture is interlaced.

    Args:
        encoded: The file.
        image: The picture, loaded.

    Raises:
        ValueError: If rows, or the end of the file, are missing.
    """
    if not any(True for _ in png_chunks.contents(encoded, b"IEND")):
        raise ValueError("the file is truncated: its end is missing")
    interlaced = encoded[28] != 0
    last = image.crop((0, image.height - 1, image.width, image.height))
    if not interlaced and any(last.tobytes()):
        return
    expected = data_length(encoded)
    found = _unpacked(png_chunks.contents(encoded, b"IDAT"), expected)
    if found < expected:
        raise ValueError(
            f"the file is damaged: {expected:,} bytes of pixels are declared, and "
            f"{found:,} are there"
        )


def data_length(encoded: bytes) -> int:
    """Returns how many bytes the rows of a PNG file have, by its header."""
    width, height, bits, color = struct.unpack_from(">IIBB", encoded, 16)
    bits *= _CHANNELS.get(color, 1)
    passes = _PASSES if encoded[28] else ((0, 0, 1, 1),)
    total = 0
    for left, top, across, down in passes:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + -(-columns * bits // 8))
    return total


def _unpacked(chunks: Iterator[bytes], most: int) -> int:
    """Returns the length of compressed data, at least up to `most`, in small pieces."""
    stream, length = zlib.decompressobj(), 0
    try:
        for packed in chunks:
            while packed and length < most and not stream.eof:
                length += len(stream.decompress(packed, _STEP))
                packed = stream.unconsumed_tail
    except zlib.error:
        return length
    return length
