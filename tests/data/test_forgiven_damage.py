"""Tests of damage that decoders forgive: no such picture has pixels here."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from tfiqa.data import jpeg_end
from tfiqa.data import jpeg_scans
from tfiqa.data.decode import DecodeError
from tfiqa.data.decode import decode

RNG = np.random.default_rng(0)
SMALL = RNG.integers(0, 256, (7, 11, 3), dtype=np.uint8)
# Smooth parts and edges, of odd sides.
PIXELS = np.kron(SMALL, np.ones((17, 19, 1), np.uint8))[:117, :203]
NOISE = RNG.integers(0, 256, (64, 48, 3), dtype=np.uint8)


def encoded(pixels, kind="JPEG", **options):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


JPEGS = [
    {"subsampling": subsampling, "progressive": progressive, **restarts}
    for subsampling in (0, 1, 2)
    for progressive in (False, True)
    for restarts in (
        {},
        {"restart_marker_rows": 1},
        {"restart_marker_blocks": 3},
        {"restart_marker_blocks": 10_000},
    )
]


@pytest.mark.parametrize("options", JPEGS)
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_intact_files_are_not_suspected(options, mode):
    file = io.BytesIO()
    Image.fromarray(PIXELS).convert(mode).save(file, "JPEG", **options)
    assert jpeg_scans.fault(file.getvalue()) == ""
    decode(file.getvalue())


def test_what_follows_the_picture_does_not_count():
    jpeg = encoded(PIXELS)
    for behind in (b"\xff", b"\0" * 99, b"\xff\xd0\xff\xc0", encoded(SMALL)):
        np.testing.assert_array_equal(decode(jpeg + behind), decode(jpeg))


RESTARTING = encoded(PIXELS, restart_marker_blocks=5)
FIRST = RESTARTING.index(b"\xff\xd0")


@pytest.mark.parametrize(
    ("damaged", "message"),
    [
        (RESTARTING[:FIRST] + RESTARTING[FIRST + 2 :], "restart marker is missing"),
        (RESTARTING.replace(b"\xff\xd3", b"\xff\xd4", 1), "in the wrong place"),
        (
            encoded(PIXELS)[:-900] + b"\xff\xd0" + encoded(PIXELS)[-900:],
            "undeclared restart",
        ),
        (encoded(PIXELS)[:-900] + b"\xff\x4f" + encoded(PIXELS)[-900:], "0xFF4F"),
        (encoded(PIXELS)[:-900] + b"\xff\xc0" + encoded(PIXELS)[-900:], "0xFFC0"),
    ],
)
def test_markers_that_are_out_of_order_are_damage(damaged, message):
    assert message in jpeg_scans.fault(damaged)
    with pytest.raises(DecodeError) as caught:
        decode(damaged)
    assert caught.value.status == "undecodable"


def test_missing_restarts_at_the_end_are_damage():
    cut = RESTARTING[: RESTARTING.rindex(b"\xff\xd1")] + b"\xff\xd9"
    assert "restart markers are expected, not" in jpeg_scans.fault(cut)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_data_that_end_before_the_pixels_do_are_damage(mode, progressive):
    file = io.BytesIO()
    image = Image.fromarray(np.tile(NOISE, (3, 4, 1))).convert(mode)
    image.save(file, "JPEG", progressive=progressive, quality=90)
    jpeg = file.getvalue()
    decode(jpeg)
    # The first scan, of all there are, ends early: a whole end marker follows.
    start = jpeg.index(b"\xff\xda") + 14
    # Where the last of several scans alone is short, nothing tells.
    for share in (0.2, 0.5) if progressive else (0.2, 0.5, 0.9, 0.99):
        cut = jpeg[: start + int(share * (len(jpeg) - start))].rstrip(b"\xff")
        with pytest.raises(DecodeError, match="damaged"):
            decode(cut + b"\xff\xd9")


def test_grey_corners_that_were_in_the_picture_are_no_damage():
    pixels = np.full((64, 64, 3), 128, np.uint8)
    pixels[:20, :20] = NOISE[:20, :20]
    for options in ({}, {"progressive": True}, {"optimize": True}):
        jpeg = encoded(pixels, **options)
        image = Image.open(io.BytesIO(jpeg))
        assert not jpeg_end.lacks_pixels(jpeg, image)
        decode(jpeg)


def test_most_holes_in_a_jpeg_are_found():
    jpeg = encoded(np.tile(NOISE, (4, 5, 1)), quality=85)
    start, rng = jpeg.index(b"\xff\xda") + 14, np.random.default_rng(5)
    result = 0
    for _ in range(40):
        place = int(rng.integers(start, len(jpeg) - 600))
        try:
            decode(jpeg[:place] + rng.bytes(512) + jpeg[place + 512 :])
        except DecodeError:
            result += 1
    assert result > 20


@pytest.mark.parametrize("kind", ["WEBP", "AVIF"])
def test_a_part_that_ends_behind_the_file_is_damage(kind):
    whole = encoded(PIXELS, kind)
    decode(whole)
    for missing in (1, 9, len(whole) // 2):
        with pytest.raises(DecodeError):
            decode(whole[:-missing])


def test_a_webp_that_declares_more_than_is_there_is_damage():
    whole = bytearray(encoded(PIXELS, "WEBP", lossless=True))
    struct.pack_into("<I", whole, 4, len(whole))
    with pytest.raises(DecodeError):
        decode(bytes(whole))


@pytest.mark.parametrize("seed", range(10))
def test_check_sums_of_tiff_strips_are_looked_at(seed):
    # Noise is kept as it is in its strips, so that nothing but the sum is wrong.
    tiff = encoded(np.tile(NOISE, (4, 4, 1)), "TIFF", compression="tiff_adobe_deflate")
    decode(tiff)
    rng = np.random.default_rng(seed)
    place = int(rng.integers(len(tiff) // 4, len(tiff) // 2))
    damaged = bytearray(tiff)
    damaged[place] ^= 1 << int(rng.integers(8))
    with pytest.raises(DecodeError):
        decode(bytes(damaged))


def test_libtiff_says_nothing_to_standard_error(capfd):
    tiff = bytearray(encoded(NOISE, "TIFF", compression="tiff_lzw"))
    tiff[2000:2200] = bytes(200)
    with pytest.raises(DecodeError, match=r"libtiff says: .*scanline"):
        decode(bytes(tiff))
    assert capfd.readouterr().err == ""


def test_a_tiff_of_which_libtiff_tells_an_error_is_damaged():
    tiff = bytearray(encoded(np.tile(NOISE, (4, 4, 1)), "TIFF", compression="jpeg"))
    decode(bytes(tiff))
    scan = tiff.index(b"\xff\xda")
    tiff[scan + 1] = 0x90
    with pytest.raises(DecodeError, match="libtiff says"):
        decode(bytes(tiff))


def test_colors_that_a_gif_lacks_are_damage():
    file = io.BytesIO()
    few = Image.fromarray(PIXELS).quantize(100)  # A table of 128.
    few.save(file, "GIF")
    gif = file.getvalue()
    decode(gif)
    table = gif[10] & 7
    assert table == 6
    # The same pixels with half the table.
    shorter = bytearray(gif[:13] + gif[13 + 3 * 64 :])
    shorter[10] -= 1
    with pytest.raises(DecodeError, match="color 76 of a table of 64"):
        decode(bytes(shorter))


@pytest.mark.parametrize("options", [{}, {"transparency": 3}, {"interlace": 1}])
def test_small_frames_of_a_gif_are_not_suspected(options):
    image = Image.fromarray(PIXELS).quantize(5)
    for save_all in (False, True):
        more = (
            {"save_all": True, "append_images": [image.rotate(9)]} if save_all else {}
        )
        file = io.BytesIO()
        image.save(file, "GIF", optimize=True, comment=b"c" * 600, **options, **more)
        decode(file.getvalue())
        # On a screen that is larger than the frame, with a background of no color.
        gif = bytearray(file.getvalue())
        struct.pack_into("<HH", gif, 6, 300, 200)
        gif[11] = 200
        assert decode(bytes(gif)).shape == (200, 300, 3)


def changed(kind, at, content):
    whole = encoded(PIXELS, kind)
    decode(whole)
    return whole[:at] + content + whole[at + len(content) :]


def with_method(at, value):
    """Returns a PNG file with another method in its header, and the right checksum."""
    head = changed("PNG", at, bytes([value]))
    check = struct.pack(">I", zlib.crc32(head[12:29]))
    return head[:29] + check + head[33:]


def shorter_table():
    """Returns a GIF file whose table of 4 colors is declared to have 2."""
    file = io.BytesIO()
    Image.fromarray(np.eye(3, dtype=np.uint8)[None] * 200).quantize(4).save(file, "GIF")
    gif = file.getvalue()
    assert gif[10] & 7 == 1
    return gif[:10] + bytes([gif[10] - 1]) + gif[11:]


@pytest.mark.parametrize(
    ("damaged", "reason"),
    [
        (changed("JPEG", 4, b"\0\0"), "a segment declares 0 bytes"),
        (changed("JPEG", 4, b"\0\1"), "a segment declares 1 bytes"),
        (changed("BMP", 10, b"\x31\0"), "its pixels begin inside its header"),
        (with_method(26, 63), "unknown methods"),
        (with_method(27, 1), "a PNG image that is damaged"),
        (shorter_table(), "an unknown block precedes the first frame"),
        (encoded(PIXELS, "AVIF")[:50], "an AVIF image that is damaged"),
    ],
)
def test_lies_of_headers_are_damage(damaged, reason):
    with pytest.raises(DecodeError, match=reason) as caught:
        decode(damaged)
    assert caught.value.status == "undecodable"
