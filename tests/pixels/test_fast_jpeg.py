"""Fast decoding of JPEG files has Pillow's bytes, or leaves the file to Pillow."""

import io
import sys

import numpy as np
import pytest
from PIL import Image

from tfiqa.data.decode import DecodeError
from tfiqa.data.decode import Decoding
from tfiqa.data.decode import decode
from tfiqa.data.decode import decode_with_notes
from tfiqa.pixels import fast_jpeg

simplejpeg = pytest.importorskip("simplejpeg")

SIZES = ((64, 96), (63, 95), (17, 33), (1, 1), (8, 9), (40, 7))
SUBSAMPLINGS = ("444", "422", "420", "440", "411")


def image(height, width):
    coarse = np.random.default_rng(0).integers(0, 256, (9, 9, 3)).astype("uint8")
    whole = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    noise = np.random.default_rng(1).integers(0, 40, (height, width, 3))
    return (np.asarray(whole) // 2 + noise).astype("uint8")


def by_pillow(encoded):
    with Image.open(io.BytesIO(encoded)) as opened:
        return np.asarray(opened.convert("RGB"))


def encoded_by_pillow(pixels, **options):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", **options)
    return file.getvalue()


def taken(encoded, monkeypatch):
    """Returns the pixels of `decode`, and whether the fast decoder gave them."""
    given = []
    real = fast_jpeg.pixels

    def spy(*arguments):
        given.append(real(*arguments))
        return given[-1]

    with monkeypatch.context() as patch:
        patch.setattr(fast_jpeg, "pixels", spy)
        pixels = decode(encoded)
    return pixels, bool(given) and given[0] is not None


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("subsampling", SUBSAMPLINGS)
@pytest.mark.parametrize("quality", [5, 75, 100])
def test_bytes_are_pillows(size, subsampling, quality, monkeypatch):
    encoded = simplejpeg.encode_jpeg(
        np.ascontiguousarray(image(*size)), quality, colorsubsampling=subsampling
    )
    pixels, fast = taken(encoded, monkeypatch)
    assert fast
    np.testing.assert_array_equal(pixels, by_pillow(encoded))


@pytest.mark.parametrize(
    "options",
    [
        {"progressive": True, "subsampling": 0},
        {"progressive": True, "subsampling": 2, "quality": 30},
        {"restart_marker_blocks": 3},
        {"optimize": True},
        {"keep_rgb": True},
    ],
)
@pytest.mark.parametrize("size", SIZES[:3])
def test_bytes_are_pillows_whatever_the_coding(options, size, monkeypatch):
    encoded = encoded_by_pillow(image(*size), **options)
    pixels, fast = taken(encoded, monkeypatch)
    assert fast
    np.testing.assert_array_equal(pixels, by_pillow(encoded))


def test_what_is_unusual_is_left_to_pillow(monkeypatch):
    turned = Image.Exif()
    turned[0x0112] = 6
    pixels, fast = taken(encoded_by_pillow(image(20, 30), exif=turned), monkeypatch)
    assert pixels.shape == (30, 20, 3)
    assert not fast
    gray = encoded_by_pillow(image(20, 30)[..., 0])
    pixels, fast = taken(gray, monkeypatch)
    np.testing.assert_array_equal(pixels, by_pillow(gray))
    assert not fast


@pytest.mark.parametrize("cut", [2, 60, 900])
def test_truncated_files_fare_as_without_it(cut, monkeypatch):
    encoded = encoded_by_pillow(image(63, 95))[:-cut]
    how = Decoding(tolerate_truncation=True)

    def outcome():
        try:
            result = decode_with_notes(encoded, how)
        except DecodeError as error:
            return str(error), error.status
        return result.pixels.tobytes(), result.notes

    fast = outcome()
    monkeypatch.setitem(sys.modules, "simplejpeg", None)
    fast_jpeg._decoder.cache_clear()
    try:
        assert fast == outcome()
    finally:
        fast_jpeg._decoder.cache_clear()


def test_profiles_are_converted_as_without_it(monkeypatch):
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    encoded = encoded_by_pillow(image(20, 30), icc_profile=profile)
    result = decode_with_notes(encoded, Decoding(convert_profiles=True))
    np.testing.assert_array_equal(result.pixels, by_pillow(encoded))
