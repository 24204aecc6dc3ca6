"""Pictures with damage that decoders overlook, and intact ones that they refuse."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from PIL import ImageCms
from PIL.PngImagePlugin import PngInfo

from tests.support.profiles import wide_profile
from tfiqa.data.decode import DecodeError
from tfiqa.data.decode import Decoding
from tfiqa.data.decode import decode
from tfiqa.data.decode import decode_with_notes

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (48, 64, 3), dtype=np.uint8)
SMOOTH = np.asarray(Image.fromarray(PIXELS[:4, :4]).resize((64, 48)))


def encoded(pixels, kind="PNG", **options):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def chunk(kind, content):
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def with_chunk(png, one):
    """Returns a PNG file with a chunk behind its header."""
    return png[:33] + one + png[33:]


@pytest.mark.parametrize("packed", [True, False])
def test_long_texts_lose_no_pixels(packed):
    info = PngInfo()
    info.add_itxt("workflow", "a long text " * 500_000, zip=packed)
    info.add_text("prompt", "b" * 3_000_000, zip=packed)
    np.testing.assert_array_equal(decode(encoded(PIXELS, pnginfo=info)), PIXELS)


def test_many_texts_lose_no_pixels():
    info = PngInfo()
    for number in range(100):
        info.add_text(f"k{number}", "c" * 900_000, zip=True)
    np.testing.assert_array_equal(decode(encoded(PIXELS, pnginfo=info)), PIXELS)


def test_large_profiles_lose_no_pixels():
    png = encoded(PIXELS, icc_profile=RNG.bytes(2 << 20))
    assert decode_with_notes(png).notes == ("broken color profile ignored",)
    np.testing.assert_array_equal(decode(png), PIXELS)


@pytest.mark.parametrize("kind", [b"tEXt", b"iCCP", b"gAMA", b"prVt"])
def test_damage_where_no_pixels_are_is_no_damage(kind):
    damaged = chunk(kind, b"content")[:-1] + b"\0"
    png = with_chunk(encoded(PIXELS), damaged)
    np.testing.assert_array_equal(decode(png), PIXELS)


@pytest.mark.parametrize("seed", range(40))
def test_damaged_pixels_are_found(seed):
    png = bytearray(encoded(SMOOTH))
    start = bytes(png).index(b"IDAT") + 4
    rng = np.random.default_rng(seed)
    place = int(rng.integers(start, len(png) - 16))
    png[place] ^= 1 << int(rng.integers(8))
    with pytest.raises(DecodeError, match="checksum") as caught:
        decode(bytes(png))
    assert caught.value.status == "undecodable"


def test_a_jpeg_without_its_end_is_tolerated_on_request_only():
    for options in ({}, {"progressive": True}, {"subsampling": 0}):
        jpeg = encoded(SMOOTH, "JPEG", **options)
        for cut in (jpeg[:-2], jpeg[:-1]):
            with pytest.raises(DecodeError, match="truncated"):
                decode(cut)
            result = decode_with_notes(cut, Decoding(tolerate_truncation=True))
            assert result.notes == ("end marker missing",)
            np.testing.assert_array_equal(result.pixels, decode(jpeg))


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"optimize": True}])
def test_a_jpeg_without_some_pixels_is_never_tolerated(options):
    jpeg = encoded(PIXELS, "JPEG", **options)
    for missing in (4, 10, 50, 500, len(jpeg) // 2):
        with pytest.raises(DecodeError) as caught:
            decode_with_notes(jpeg[:-missing], Decoding(tolerate_truncation=True))
        assert caught.value.status == "undecodable"


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "TIFF", "BMP"])
def test_other_kinds_are_not_tolerated(kind):
    whole = encoded(PIXELS, kind)
    half = whole[: len(whole) // 2]
    with pytest.raises(DecodeError):
        decode_with_notes(half, Decoding(tolerate_truncation=True))


def without_adobe(jpeg):
    """Returns a JPEG file without the marker of Adobe."""
    start = jpeg.index(b"\xff\xee")
    (size,) = struct.unpack_from(">H", jpeg, start + 2)
    return jpeg[:start] + jpeg[start + 2 + size :]


def test_cmyk_with_and_without_the_marker_of_adobe():
    ink = np.zeros((16, 16, 4), np.uint8)
    ink[..., 0], ink[..., 3] = 200, 30
    file = io.BytesIO()
    Image.fromarray(ink, "CMYK").save(file, "JPEG", quality=100)
    expected = [(255 - 200) * 225 / 255, 225, 225]
    jpeg = file.getvalue()
    np.testing.assert_allclose(decode(jpeg)[8, 8], expected, atol=4)
    inverted = io.BytesIO()
    Image.fromarray(255 - ink, "CMYK").save(inverted, "JPEG", quality=100)
    # Pillow writes the inks inverted, as Adobe does.
    plain = without_adobe(inverted.getvalue())
    np.testing.assert_allclose(decode(plain)[8, 8], expected, atol=4)


@pytest.mark.parametrize(
    ("content", "status", "message"),
    [
        (b"", "undecodable", "an empty file"),
        (b"\0" * 100, "undecodable", "zeros"),
        (b"<!DOCTYPE html><p>404", "undecodable", "a web page"),
        (b"\xef\xbb\xbf <html>", "undecodable", "a web page"),
        (b"PK\x03\x04" + bytes(range(99)), "undecodable", "a zip archive"),
        (b"%PDF-1.7", "undecodable", "a document (PDF)"),
        (b"version https://git-lfs.github.com/spec/v1", "undecodable", "Git LFS"),
        (b"just words", "undecodable", "text"),
        (bytes(range(128, 256)), "undecodable", "no known image format"),
        (b"\0\x05\x16\x07\0\x02", "undecodable", "AppleDouble"),
        (b"\0\0\0\x18ftypheic" + bytes(20), "unsupported", "no decoder has a free"),
        (b"\0\0\0\x18ftypmif1" + bytes(20), "unsupported", "HEIF"),
    ],
)
def test_reasons_say_what_the_bytes_look_like(content, status, message):
    with pytest.raises(DecodeError) as caught:
        decode(content)
    assert caught.value.status == status
    assert message in str(caught.value)
    assert "0x" not in str(caught.value)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_colours_with_a_profile_become_srgb_on_request(kind):
    options = {"quality": 100} if kind != "TIFF" and kind != "PNG" else {}
    pixels = np.full((1100, 8, 3), (250, 40, 40), np.uint8)
    data = encoded(pixels, kind, icc_profile=wide_profile(), **options)
    ignored = decode_with_notes(data)
    assert ignored.notes[0].startswith("color profile ignored: Odd!")
    np.testing.assert_allclose(ignored.pixels, pixels, atol=4)
    result = decode_with_notes(data, Decoding(convert_profiles=True))
    assert result.notes[0].startswith("converted to sRGB from Odd!")
    # Red and green are swapped, in every tile.
    np.testing.assert_allclose(result.pixels, pixels[..., [1, 0, 2]], atol=8)


def test_a_profile_is_known_by_its_colors_not_by_its_name():
    misnamed = wide_profile().replace(
        "Odd!".encode("utf-16-be"), "sRGB".encode("utf-16-be")
    )
    data = encoded(np.full((8, 8, 3), (250, 40, 40), np.uint8), icc_profile=misnamed)
    result = decode_with_notes(data, Decoding(convert_profiles=True))
    assert result.notes[0].startswith("converted to sRGB from sRGB")
    np.testing.assert_allclose(result.pixels[0, 0], (40, 250, 40), atol=8)


def test_srgb_is_not_converted():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encoded(PIXELS, icc_profile=profile)
    result = decode_with_notes(data, Decoding(convert_profiles=True))
    assert result.notes == ()
    np.testing.assert_array_equal(result.pixels, PIXELS)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF", "AVIF"])
def test_the_first_of_several_frames_is_said(kind):
    frames = [Image.fromarray(np.roll(PIXELS, k)) for k in range(3)]
    file = io.BytesIO()
    frames[0].save(file, kind, save_all=True, append_images=frames[1:])
    result = decode_with_notes(file.getvalue())
    assert result.notes == ("first of several frames",)
    assert decode_with_notes(encoded(PIXELS, kind)).notes == ()
