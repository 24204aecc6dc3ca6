"""Tests of the colors that profiles and codes declare, and of what becomes of them."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from tests.support.profiles import gray_profile
from tests.support.profiles import ink_profile
from tests.support.profiles import wide_profile
from tfiqa.data import avif_colors
from tfiqa.data import color_codes
from tfiqa.data.decode import Decoding
from tfiqa.data.decode import decode
from tfiqa.data.decode import decode_with_notes

AS_SHOWN = Decoding(convert_profiles=True)
RAMP = np.tile(np.arange(256, dtype=np.uint8), (8, 1))
# From linear Display P3 and BT.2020 to linear sRGB, as CSS Color 4 and ITU-R BT.2087
# print them.
MATRICES = {
    12: [[1.2249, -0.2249, 0], [-0.0421, 1.0421, 0], [-0.0196, -0.0786, 1.0983]],
    9: [
        *([1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083]),
        [-0.0182, -0.1006, 1.1187],
    ],
}


def encoded(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def with_chunk(png, kind, content):
    check = zlib.crc32(kind + content)
    chunk = struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)
    return png[:33] + chunk + png[33:]


def shown(linear):
    """Returns the levels of linear sRGB, by the definition of its curve."""
    linear = np.clip(linear, 0, 1)
    curve = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4))
    return 255 * np.where(linear <= 0.0031308, curve, curve - 0.055)


def linear(levels):
    shares = np.asarray(levels) / 255
    return np.where(
        shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
@pytest.mark.parametrize("gamma", [1.0, 1.8])
def test_gray_profiles(kind, gamma):
    options = {"quality": 100} if kind == "JPEG" else {}
    profile = gray_profile(gamma)
    data = encoded(Image.fromarray(RAMP), kind, icc_profile=profile, **options)
    result = decode_with_notes(data, AS_SHOWN)
    assert result.notes == ("converted to sRGB from Odd!",)
    expected = shown((RAMP / 255) ** gamma)[..., None]
    np.testing.assert_allclose(result.pixels, np.repeat(expected, 3, -1), atol=1.5)
    assert decode_with_notes(data).notes == ("color profile ignored: Odd!",)
    np.testing.assert_array_equal(decode(data)[..., 1], RAMP)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_ink_profiles(kind):
    corners = np.zeros((2, 2, 2, 2, 3))
    corners[..., 0] = 50  # Inks are gray, but magenta.
    corners[:, 1] = (60, 40, 0)
    corners[..., 1, :] = 0  # Black ink.
    ink = np.zeros((16, 16, 4), np.uint8)
    ink[:8, :, 1] = ink[8:, :, 0] = 255
    image = Image.frombytes("CMYK", (16, 16), ink.tobytes())
    options = {"quality": 100} if kind == "JPEG" else {}
    data = encoded(image, kind, icc_profile=ink_profile(corners), **options)
    result = decode_with_notes(data, AS_SHOWN)
    assert result.notes == ("converted to sRGB from Odd!",)
    # CIELAB (60, 40, 0) and (50, 0, 0) in sRGB.
    np.testing.assert_allclose(result.pixels[2, 2], (208, 115, 147), atol=2)
    np.testing.assert_allclose(result.pixels[12, 2], (119, 119, 119), atol=2)
    ignored = decode_with_notes(data)
    assert ignored.notes == ("color profile ignored: Odd!",)
    np.testing.assert_allclose(ignored.pixels[2, 2], (255, 0, 255), atol=2)


def test_profiles_of_another_space_are_ignored():
    for mode, profile in (("L", wide_profile()), ("RGB", gray_profile(1.0))):
        data = encoded(Image.fromarray(RAMP).convert(mode), icc_profile=profile)
        (note,) = decode_with_notes(data, AS_SHOWN).notes
        assert note.startswith("color profile ignored: Odd!")


@pytest.mark.parametrize("primaries", [9, 12])
def test_codes_of_wide_colors(primaries):
    pixels = np.random.default_rng(0).integers(0, 256, (9, 7, 3), dtype=np.uint8)
    convert, note = color_codes.to_srgb(primaries, 13)
    expected = shown(linear(pixels) @ np.array(MATRICES[primaries]).T)
    assert note.startswith("converted to sRGB from ")
    np.testing.assert_allclose(convert(pixels), expected, atol=1.0)


def test_codes_that_viewers_show_as_srgb():
    for codes in ((1, 13), (2, 2), (1, 1), (2, 6)):
        assert color_codes.to_srgb(*codes) == (None, "")


def test_codes_without_a_conversion_are_said():
    result = [color_codes.to_srgb(*codes) for codes in ((9, 16), (9, 18), (0, 99))]
    assert [note for _, note in result] == [
        "color profile ignored: BT.2020 PQ",
        "color profile ignored: BT.2020 HLG",
        "color profile ignored: primaries 0 transfer 99",
    ]


def test_png_codes_count_more_than_a_profile():
    pixels = np.full((8, 8, 3), (200, 100, 50), np.uint8)
    png = encoded(Image.fromarray(pixels), icc_profile=wide_profile())
    data = with_chunk(png, b"cICP", bytes([12, 13, 0, 1]))
    result = decode_with_notes(data, AS_SHOWN)
    assert result.notes == ("converted to sRGB from Display P3",)
    np.testing.assert_allclose(result.pixels[0, 0], (215, 93, 31), atol=1)
    assert decode_with_notes(data).notes == ("color profile ignored: Display P3",)


@pytest.mark.parametrize(
    ("kind", "content", "note"),
    [
        (b"gAMA", struct.pack(">I", 45_455), ()),
        (b"gAMA", struct.pack(">I", 100_000), ("gamma or chromaticities",)),
        (b"cHRM", struct.pack(">8I", 31270, 32900, *[64000, 33000] * 3), ("gamma",)),
    ],
)
def test_png_gamma(kind, content, note):
    data = with_chunk(encoded(Image.fromarray(RAMP)), kind, content)
    notes = decode_with_notes(data, AS_SHOWN).notes
    assert len(notes) == len(note)
    assert all(part in whole for part, whole in zip(note, notes, strict=True))
    assert decode_with_notes(with_chunk(data, b"sRGB", b"\0")).notes == ()


def test_avif_codes_of_the_image_itself():
    pixels = np.full((32, 32, 3), (200, 100, 50), np.uint8)
    plain = encoded(Image.fromarray(pixels), "AVIF", quality=100, subsampling="4:4:4")
    assert avif_colors.color_codes(plain) == (1, 13)
    assert decode_with_notes(plain, AS_SHOWN).notes == ()
    wide = plain.replace(b"nclx\0\1\0\x0d", b"nclx\0\x0c\0\x0d")
    result = decode_with_notes(wide, AS_SHOWN)
    assert result.notes == ("converted to sRGB from Display P3",)
    np.testing.assert_allclose(result.pixels[8, 8], (215, 93, 31), atol=3)
    # Associated with another item, such as a gain map.
    start = wide.index(b"ipma") + 12
    other = wide[:start] + b"\0\7" + wide[start + 2 :]
    assert wide[start : start + 2] == b"\0\1"
    assert avif_colors.color_codes(other) is None


@pytest.mark.parametrize("cut", range(0, 320, 7))
def test_avif_codes_of_damaged_files(cut):
    plain = encoded(Image.fromarray(RAMP), "AVIF")
    assert avif_colors.color_codes(plain[:cut]) in (None, (1, 13))


def test_deep_samples_are_said():
    deep = RAMP.astype(np.uint16) * 257
    note = ("samples of more than 8 bits reduced to 8",)
    for kind in ("PNG", "TIFF", "JPEG2000"):
        assert decode_with_notes(encoded(Image.fromarray(deep), kind)).notes == note
        assert decode_with_notes(encoded(Image.fromarray(RAMP), kind)).notes == ()
