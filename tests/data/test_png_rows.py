"""PNG files whose data end before the rows that they declare."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from tfiqa.data import png_chunks
from tfiqa.data import png_rows
from tfiqa.data.decode import DecodeError
from tfiqa.data.decode import decode

KINDS = [
    *((bits, 0) for bits in (1, 2, 4, 8, 16)),
    *((bits, 3) for bits in (1, 2, 4, 8)),
    *((bits, color) for bits in (8, 16) for color in (2, 4, 6)),
]
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
ADAM7 = np.array(
    [
        [1, 6, 4, 6, 2, 6, 4, 6],
        [7, 7, 7, 7, 7, 7, 7, 7],
        [5, 6, 5, 6, 5, 6, 5, 6],
        [7, 7, 7, 7, 7, 7, 7, 7],
        [3, 6, 4, 6, 3, 6, 4, 6],
        [7, 7, 7, 7, 7, 7, 7, 7],
        [5, 6, 5, 6, 5, 6, 5, 6],
        [7, 7, 7, 7, 7, 7, 7, 7],
    ]
)


def chunk(kind, content):
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check


def png(width, height, bits, color, *, interlaced=False, missing=0, noisy=True):
    """Returns a PNG file whose data lack the last `missing` bytes."""
    length = slow_length(width, height, bits, color, interlaced=interlaced)
    rng = np.random.default_rng(0)
    data = bytearray(rng.bytes(length) if noisy else length)
    at = 0
    for size in row_lengths(width, height, bits, color, interlaced=interlaced):
        data[at] = 0  # No filter.
        at += size
    head = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, interlaced)
    chunks = [chunk(b"IHDR", head)]
    if color == 3:
        chunks.append(chunk(b"PLTE", rng.bytes(3 << bits)))
    packed = zlib.compress(bytes(data[: length - missing]))
    half = len(packed) // 2
    chunks += [chunk(b"IDAT", packed[:half]), chunk(b"IDAT", packed[half:])]
    return b"".join([png_chunks.SIGNATURE, *chunks, chunk(b"IEND", b"")])


def row_lengths(width, height, bits, color, *, interlaced):
    """Returns the bytes of every row, pixel by pixel."""
    passes = np.tile(ADAM7, (height // 8 + 1, width // 8 + 1))[:height, :width]
    passes = passes if interlaced else np.ones_like(passes)
    result = []
    for number in range(1, 8):
        for row in passes == number:
            if row.any():
                result.append(1 + -(-int(row.sum()) * bits * CHANNELS[color] // 8))
    return result


def slow_length(*header, interlaced):
    return sum(row_lengths(*header, interlaced=interlaced))


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize(("bits", "color"), KINDS)
@pytest.mark.parametrize("size", [(1, 1), (3, 9), (17, 5), (16, 16)])
def test_length_of_the_data(bits, color, size, interlaced):
    whole = png(*size, bits, color, interlaced=interlaced)
    expected = slow_length(*size, bits, color, interlaced=interlaced)
    assert png_rows.data_length(whole) == expected


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize(("bits", "color"), KINDS)
@pytest.mark.parametrize("noisy", [True, False])
def test_missing_rows_are_damage(bits, color, interlaced, noisy):
    options = {"interlaced": interlaced, "noisy": noisy}
    row = row_lengths(24, 21, bits, color, interlaced=interlaced)[-1]
    decode(png(24, 21, bits, color, **options))
    for missing in (1, row, 3 * row, 12 * row):
        with pytest.raises(DecodeError, match=r"bytes of pixels, and has|truncated"):
            decode(png(24, 21, bits, color, missing=missing, **options))


def test_a_black_last_row_is_no_damage():
    pixels = np.zeros((40, 30, 3), np.uint8)
    pixels[:20] = 200
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    np.testing.assert_array_equal(decode(file.getvalue()), pixels)


@pytest.mark.parametrize("missing", range(1, 16))
def test_a_png_without_its_end_is_truncated(missing):
    whole = png(24, 21, 8, 2)
    with pytest.raises(DecodeError, match="truncated"):
        decode(whole[:-missing])
    decode(whole + bytes(missing))
