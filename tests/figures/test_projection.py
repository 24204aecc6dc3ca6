"""Features in the plane as an image."""

import io

import numpy as np
from PIL import Image

from tfiqa.distortions import DISTORTIONS
from tfiqa.figures.projection import hues
from tfiqa.figures.projection import projection

GROUPS = {"blur": "soft", "haze": "soft", "noise": "hard"}


def dark(level, kind="blur"):
    points = np.array([[0.0, 0.0], [1.0, 1.0]])
    encoded = projection(points, [kind] * 2, [level] * 2, groups=GROUPS, title="")
    pixels = np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB"))
    return (pixels.min(axis=2) < 200).sum()


def test_dots_grow_with_the_level():
    none = dark(0)
    sizes = [dark(level) - none for level in (1, 3, 5)]
    assert 0 < sizes[0] < sizes[1] < sizes[2]


def test_pristine_images_are_drawn_at_level_0():
    assert dark(0, "pristine") > dark(0)


def test_all_types_have_colors_of_their_own():
    groups = {name: row.group for name, row in DISTORTIONS.items()}
    colors = hues(groups)
    assert colors.keys() == groups.keys()
    values = np.array(list(colors.values()))
    apart = np.abs(values[:, None] - values).max(axis=2) + np.eye(len(values))
    assert apart.min() > 0.04
