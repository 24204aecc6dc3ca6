"""JPEG files with very many segments of metadata."""

import io
import struct
import time

import numpy as np
import pytest
from PIL import Image
from PIL import ImageCms

from tfiqa.data import jpeg_segments
from tfiqa.data.decode import decode
from tfiqa.data.decode import decode_with_notes

PIXELS = np.random.default_rng(0).integers(0, 256, (24, 40, 3), dtype=np.uint8)


def jpeg(mode="RGB", **options):
    file = io.BytesIO()
    Image.fromarray(PIXELS).convert(mode).save(file, "JPEG", **options)
    return file.getvalue()


def segment(marker, content):
    return struct.pack(">HH", marker, len(content) + 2) + content


def turned():
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("marker", [0xFFE1, 0xFFE2, 0xFFED, 0xFFFE])
def test_pixels_orientation_and_profile_stay(mode, marker):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    whole = jpeg(mode, exif=turned(), icc_profile=profile)
    many = segment(marker, b"Exif\0\0 and more") * 1000
    start = whole.index(b"\xff\xdb")
    grown = whole[:start] + many + whole[start:]
    assert len(jpeg_segments.bounded(grown)) < len(whole) + 100
    result, expected = decode_with_notes(grown), decode_with_notes(whole)
    np.testing.assert_array_equal(result.pixels, expected.pixels)
    assert result.pixels.shape == (40, 24, 3)
    assert result.notes == expected.notes


def test_ordinary_files_stay_as_they_are():
    for file in (jpeg(), jpeg(exif=turned()), jpeg(icc_profile=bytes(5_000_000))):
        assert jpeg_segments.bounded(file) is file
    for cut in range(len(jpeg())):
        assert jpeg_segments.bounded(jpeg()[:cut]) == jpeg()[:cut]


def test_time_does_not_grow_with_the_number_squared():
    whole = jpeg()
    exif = segment(0xFFE1, b"Exif\0\0" + bytes(60_000))
    start = time.process_time()
    decode(whole[:2] + exif * 2000 + whole[2:])  # 120 MB; it took 30 s.
    assert time.process_time() - start < 5
