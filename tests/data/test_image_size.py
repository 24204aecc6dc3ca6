"""Sizes of images as part of a protocol."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.support.toy_source import png
from tests.support.toy_source import source_of
from tests.support.toy_source import toy_source
from tfiqa.data.image_size import parse
from tfiqa.data.image_size import resized


def noise(height, width):
    return np.random.default_rng(height).integers(0, 256, (height, width, 3), "uint8")


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("24", (24, 37)),
        ("80", (80, 126)),
        ("20x30", (20, 30)),
        ("x0.75", (31, 48)),
        ("24:bicubic", (24, 37)),
    ],
)
def test_images_are_resized_by_pillow(text, sides):
    """A 40x63 image; the longer side is rounded down, a factor up."""
    picture = noise(40, 63) if text != "x0.75" else noise(41, 63)
    kind = Image.Resampling.BICUBIC if "cubic" in text else Image.Resampling.BILINEAR
    expected = Image.fromarray(picture).resize(sides[::-1], kind)
    np.testing.assert_array_equal(parse(text)(picture), np.asarray(expected))


def test_sampled_images_are_not_antialiased():
    """Half-pixel centers, as tensors are resized: every second column of stripes."""
    picture = np.zeros((6, 12, 3), np.uint8)
    picture[:, ::3] = 90
    result = parse("2x4:sampled")(picture)
    assert result.shape == (2, 4, 3)
    assert not result.any()  # The middle of each third column; Pillow gives 30.
    assert parse("2x4")(picture).any()


@pytest.mark.parametrize(
    "text", ["", "0", "512x", "x", "x0", "x9", "512:box", "-3", "9999", "3x4x5"]
)
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ValueError, match=r"A size of images is expected.*Received"):
        parse(text)


def test_a_source_shows_its_images_at_the_size_and_says_so():
    pictures = [noise(40, 63), noise(60, 50)]
    source = resized(source_of(pictures), "30")
    rows = list(source.examples.as_numpy_iterator())
    for row, picture in zip(rows, pictures, strict=True):
        seen = np.asarray(Image.open(io.BytesIO(row["image"])))
        np.testing.assert_array_equal(seen, parse("30")(picture))
    assert source.image_size == "30"
    assert len(source.examples) == source.count == 2
    same = source_of(pictures)
    assert resized(same, None) is same


def test_a_broken_image_stays_as_it_is():
    source = resized(toy_source(3, broken={1: b"no picture"}), "20")
    images = [row["image"] for row in source.examples.as_numpy_iterator()]
    assert images[1] == b"no picture"
    assert min(Image.open(io.BytesIO(images[2])).size) == 20


def test_an_image_of_the_size_is_not_changed():
    picture = noise(20, 30)
    stored = Image.open(io.BytesIO(parse("20x30").encoded(png(picture))))
    np.testing.assert_array_equal(np.asarray(stored), picture)
