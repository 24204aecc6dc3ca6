"""Tests of the drawings that only reports have."""

import io

import numpy as np
import pytest
from PIL import Image

from tfiqa.figures.cloud import cloud
from tfiqa.figures.image_size import Sizes
from tfiqa.figures.image_size import image_size


def ink(encoded):
    pixels = np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB"), int)
    return (pixels.max(axis=2) - pixels.min(axis=2) > 60).mean()


@pytest.mark.parametrize("dimensions", [2, 3])
def test_clouds_draw_their_points(dimensions):
    points = np.random.default_rng(0).normal(size=(200, dimensions))
    values = points[:, 0]
    few = cloud(points[:3], values[:3], title="a", unit="MOS")
    assert ink(cloud(points, values, title="a", unit="MOS")) > 1.1 * ink(few)


def test_clouds_of_other_shapes():
    with pytest.raises(ValueError, match=r"\(3, 4\), 3 values"):
        cloud(np.zeros((3, 4)), np.zeros(3), title="", unit="")


def test_sizes_without_a_figure_are_drawn_empty():
    there = Sizes((0.1, 0.2), 0.5, 0.4, 0.6, 9)
    lost = Sizes((0.3, 0.3), float("nan"), float("nan"), float("nan"), 1)
    both = image_size([there, lost], title="t")
    assert ink(both) > 0
    assert ink(image_size([lost], title="t")) == 0


def test_no_sizes():
    with pytest.raises(ValueError, match="none"):
        image_size([], title="")
