"""Tests of the sheets."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.toy_scorer import picture
from tfiqa import sheet
from tfiqa import unlabelled
from tfiqa.methods import reiqa


def test_distortions_of_a_group():
    encoded = sheet.draw_distortions(
        picture(3, 64, 64), groups=("brightness",), seed=0, title="a picture"
    )
    with Image.open(io.BytesIO(encoded)) as drawn:
        assert drawn.format == "PNG"
        assert np.asarray(drawn.convert("L")).std() > 10


@pytest.mark.slow
def test_all_generators_at_two_sizes():
    with Image.open(io.BytesIO(sheet.draw_synthetic(seed=0))) as drawn:
        assert drawn.height > drawn.width  # Eight rows of six.


def test_the_middle_of_a_picture():
    pixels = picture(0, 100, 60)
    np.testing.assert_array_equal(sheet.middle(pixels, 50), pixels[25:75, 5:55])
    np.testing.assert_array_equal(sheet.middle(pixels, 200), pixels)


@pytest.mark.parametrize("authentic", [None, "stream:cel/64/8"])
def test_views_of_both_scales(authentic):
    images = unlabelled.open_images("stream:dead_leaves/64/8")
    others = authentic and unlabelled.open_images(authentic)
    with Image.open(io.BytesIO(sheet.draw_views(images, others, seed=0))) as drawn:
        assert drawn.width > 3 * drawn.height  # Two rows of eight.
        assert np.asarray(drawn.convert("L")).std() > 10


@pytest.mark.parametrize("scales", [1, 2])
def test_a_chunk_of_a_picture(scales):
    images = unlabelled.open_images("stream:dead_leaves/96/1")
    config = reiqa.Config(expert="quality", patch_size=32, n_aug=3, scales=scales)
    with Image.open(io.BytesIO(sheet.draw_chunk(images, config, seed=0))) as drawn:
        # Two rows of four pictures at each scale.
        assert 1.5 < drawn.width / drawn.height * scales < 2.5
        assert np.asarray(drawn.convert("L")).std() > 10
