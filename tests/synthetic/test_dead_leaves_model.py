"""Tests for the dead leaves."""

import hashlib

import numpy as np
import pytest

from tfiqa.synthetic import dead_leaves
from tfiqa.synthetic import leaves


@pytest.mark.parametrize(
    ("shapes", "digest"),
    [
        ("discs", "26ed586bd8c461a9"),
        ("mixed", "ebad26dc62ca1af7"),
    ],
)
def test_pictures_are_the_same_on_every_machine(shapes, digest):
    pictures = [dead_leaves(i, (48, 64), seed=9, shapes=shapes) for i in range(8)]
    assert hashlib.sha256(np.stack(pictures).tobytes()).hexdigest()[:16] == digest


@pytest.mark.parametrize("shapes", leaves.SHAPES)
def test_picture_depends_on_its_arguments_alone(shapes):
    first = dead_leaves(4, 32, shapes=shapes)
    dead_leaves(5, 32)
    np.testing.assert_array_equal(dead_leaves(4, 32, shapes=shapes), first)
    assert (dead_leaves(5, 32, shapes=shapes) != first).any()
    assert (dead_leaves(4, 32, shapes=shapes, seed=1) != first).any()


@pytest.mark.parametrize("size", [16, (16, 300), (300, 16), (97, 64), [40, 40]])
def test_picture_has_its_size(size):
    picture = dead_leaves(0, size)
    expected = (size, size) if isinstance(size, int) else tuple(size)
    assert picture.shape == (*expected, 3)
    assert picture.dtype == np.uint8


def test_colours_are_uniform():
    # Narrow radii, so that many leaves are seen; one colour for each leaf.
    pictures = [dead_leaves(i, 128, radii=(0.03, 0.04)) for i in range(20)]
    colours = np.concatenate([np.unique(p.reshape(-1, 3), axis=0) for p in pictures])
    assert len(colours) > 3000
    for channel in colours.T:
        counts = np.histogram(channel, 16, (0, 256))[0]
        expected = len(colours) / 16
        # The 99.9 % quantile of chi-squared with 15 degrees of freedom.
        assert np.square(counts - expected).sum() / expected < 37.7
    correlations = np.corrcoef(colours.T.astype(float))[np.triu_indices(3, 1)]
    assert np.abs(correlations).max() < 0.06


def test_palette_holds_all_colours():
    palette = np.array([[[0, 0, 0], [255, 0, 0]], [[9, 9, 9], [0, 0, 255]]], np.uint8)
    picture = dead_leaves(0, 128, palette=palette)
    seen = {tuple(c) for c in np.unique(picture.reshape(-1, 3), axis=0).tolist()}
    assert seen == {tuple(c) for c in palette.reshape(-1, 3).tolist()}


def test_small_radii_leave_nothing_unpainted():
    palette = np.full((1, 3), 200, np.uint8)
    picture = dead_leaves(0, 64, radii=(1e-4, 2e-4), shapes="mixed", palette=palette)
    assert (picture == 200).all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"index": -1},
        {"size": 15},
        {"size": (64, 8)},
        {"size": (64, 64, 3)},
        {"size": 64.5},
        {"seed": 0.5},
        {"shapes": "stars"},
        {"radius_law": "cubic"},
        {"radii": (0.0, 1.0)},
        {"radii": (0.2, 0.1)},
        {"radii": (0.1, 0.1)},
        {"radii": (0.1, float("nan"))},
        {"radii": (0.1, float("inf"))},
        {"radii": 0.5},
        {"radii": None},
        {"radii": ("a", 1)},
        {"radii": (1,)},
        {"radii": (0.1, 0.2, 0.3)},
        {"radii": (1e-200, 1)},
        {"palette": np.zeros((4, 3))},
        {"palette": np.zeros((4, 4), np.uint8)},
        {"palette": np.zeros((0, 3), np.uint8)},
    ],
)
def test_bad_arguments_are_named(wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=f"is expected|are expected.*{name}"):
        dead_leaves(**{"index": 0, "size": 64, **wrong})
