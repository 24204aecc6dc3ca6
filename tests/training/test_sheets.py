"""Tests of the sheets."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.support.toy_scorer import toy_image
from tfiqa.methods import reiqa
from tfiqa.methods.contrique.sheet import draw_views
from tfiqa.methods.reiqa.sheet import draw_pairs
from tfiqa.training import SheetRequest
from tfiqa.training import draw_sheet
from tfiqa.training import sheets
from tfiqa.training import unlabeled


def test_distortions_of_a_group():
    encoded = sheets.draw_distortions(
        toy_image(3, 64, 64), groups=("brightness",), seed=0, title="a picture"
    )
    with Image.open(io.BytesIO(encoded)) as drawn:
        assert drawn.format == "PNG"
        assert np.asarray(drawn.convert("L")).std() > 10


@pytest.mark.slow
def test_all_generators_at_two_sizes():
    with Image.open(io.BytesIO(sheets.draw_synthetic(seed=0))) as drawn:
        assert drawn.height > drawn.width  # Eight rows of six.


def test_the_middle_of_a_picture():
    pixels = toy_image(0, 100, 60)
    np.testing.assert_array_equal(sheets.crop_middle(pixels, 50), pixels[25:75, 5:55])
    np.testing.assert_array_equal(sheets.crop_middle(pixels, 200), pixels)


@pytest.mark.parametrize("authentic", [None, "stream:cel/64/8"])
def test_views_of_both_scales(authentic):
    images = unlabeled.open_images("stream:dead_leaves/64/8")
    others = authentic and unlabeled.open_images(authentic)
    with Image.open(io.BytesIO(draw_views(images, others, seed=0))) as drawn:
        assert drawn.width > 3 * drawn.height  # Two rows of eight.
        assert np.asarray(drawn.convert("L")).std() > 10


@pytest.mark.parametrize("scales", [1, 2])
def test_a_chunk_of_a_picture(scales):
    images = unlabeled.open_images("stream:dead_leaves/96/1")
    config = reiqa.Config(expert="quality", patch_size=32, n_aug=3, scales=scales)
    with Image.open(io.BytesIO(draw_pairs(images, config, seed=0))) as drawn:
        # Two rows of four pictures at each scale.
        assert 1.5 < drawn.width / drawn.height * scales < 2.5
        assert np.asarray(drawn.convert("L")).std() > 10


def test_what_a_method_compares_is_drawn_by_its_row():
    images = "stream:dead_leaves/64/8"
    encoded = draw_sheet(SheetRequest("views", images=images, seed=3))
    expected = draw_views(unlabeled.open_images(images), seed=3)
    np.testing.assert_array_equal(*map(pixels, (encoded, expected)))


def pixels(encoded):
    with Image.open(io.BytesIO(encoded)) as drawn:
        return np.asarray(drawn)


def test_unknown_kinds_are_named():
    with pytest.raises(
        ValueError, match=r"synthetic, attributes, views, chunk.*kind='pairs'"
    ):
        draw_sheet(SheetRequest("pairs"))


@pytest.mark.parametrize(
    "arguments", [{"kind": "views", "image": "a.png"}, {"kind": "distortions"}]
)
def test_an_image_is_for_distortions_alone(arguments):
    with pytest.raises(ValueError, match="`image` is expected for"):
        SheetRequest(**arguments)
