"""Tests for the laws of the leaves."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from tfiqa.synthetic import leaves
from tfiqa.synthetic.randomness import Stream

RADII = (0.03, 1.0)


def some_leaves(shapes, *, radius_law="inverse", size=(200, 100)):
    """Returns the fields of the first few thousand leaves, as a dict."""
    blocks = leaves.blocks(
        Stream(0, 0), size, shapes=shapes, radii=RADII, radius_law=radius_law
    )
    parts = [vars(block) for block in itertools.islice(blocks, 12)]
    return {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}


def cubic_cdf(radius):
    least, most = RADII
    return (least**-2 - radius**-2) / (least**-2 - most**-2)


def test_radii_follow_the_cubic_law():
    radius = leaves.draw_radii(Stream(1, 1).uniform(20_000), RADII)
    assert stats.kstest(radius, cubic_cdf).pvalue > 0.01
    # The test can tell: a density of r**-2.9 fails.
    least, most = (edge**-1.9 for edge in RADII)
    near = (least - Stream(1, 1).uniform(20_000) * (least - most)) ** (-1 / 1.9)
    assert stats.kstest(near, cubic_cdf).pvalue < 1e-3


def test_leaves_have_radii_of_the_law_and_centres_all_over():
    drawn = some_leaves("discs", size=(2000, 1000))
    assert len(drawn["radius"]) > 3000
    assert stats.kstest(drawn["radius"] / 1000, cubic_cdf).pvalue > 0.01
    assert stats.kstest((drawn["x"] + 0.5) / 1000, "uniform").pvalue > 0.01
    assert stats.kstest((drawn["y"] + 0.5) / 2000, "uniform").pvalue > 0.01


def test_nearest_draw_has_the_published_figures():
    radius = leaves.draw_nearest_radii(Stream(0, 0).uniform(200_000), RADII)
    assert radius.mean() == pytest.approx(0.0515, abs=3e-4)
    for limit, share in [(0.05, 0.74), (0.1, 0.93), (0.2, 0.983), (0.5, 0.9985)]:
        assert (radius <= limit).mean() == pytest.approx(share, abs=4e-3)
    assert (radius == 0.03).mean() == pytest.approx(0.365, abs=4e-3)


def test_nearest_draw_agrees_with_a_search_of_all_radii():
    numbers = Stream(0, 1).uniform(500)
    grid = np.linspace(*RADII, 200)
    weights = grid**-3 - RADII[1] ** -3
    cdf = weights.cumsum() / weights.sum()
    slow = [grid[np.abs(cdf - number).argmin()] for number in numbers]
    np.testing.assert_array_equal(leaves.draw_nearest_radii(numbers, RADII), slow)


def test_published_radii_are_whole_pixels():
    radius = some_leaves("discs", radius_law="nearest")["radius"]
    np.testing.assert_array_equal(radius, np.trunc(radius))
    assert radius.min() == 3


def test_no_leaf_is_smaller_than_a_pixel():
    assert some_leaves("discs", size=(16, 16))["radius"].min() == 1


def area(drawn):
    """Returns the area of each leaf as a share of its disc, on a grid of points."""
    ticks = np.arange(-0.99, 1, 0.02)
    dx, dy = np.meshgrid(ticks, ticks)
    dx, dy = dx[..., None, None], dy[..., None, None]
    offset = drawn["offset"] / drawn["radius"][:, None]
    inside = dx * drawn["normal_x"] + dy * drawn["normal_y"] <= offset
    inside = inside.all(axis=-1) & (dx[..., 0] ** 2 + dy[..., 0] ** 2 <= 1)
    return inside.mean(axis=(0, 1)) * 4 / math.pi


@pytest.mark.parametrize(
    ("shapes", "mean"),
    [
        # Mean areas of polygons in a disc, as shares of its area: of a square 2 /
        # pi; of rectangles the mean of 4 cos(a) sin(a) / pi; of random polygons
        # of n corners n/2 times the mean of sin(gap), over pi.
        ("squares", 2 / math.pi),
        ("oriented_squares", 2 / math.pi),
        ("rectangles", 4 / math.pi**2),
        ("triangles", 1.5 / math.pi**2),
        ("quadrilaterals", 3 / math.pi**2),
    ],
)
def test_polygons_have_the_areas_of_their_law(shapes, mean):
    drawn = {name: value[:250] for name, value in some_leaves(shapes).items()}
    areas = area(drawn)
    error = 4 * areas.std() / math.sqrt(len(areas)) + 0.02
    assert areas.mean() == pytest.approx(mean, abs=error)
    assert drawn["polygon"].all()


def test_squares_stand_upright_and_oriented_ones_anyhow():
    upright = some_leaves("squares")["normal_x"]
    assert np.minimum(np.abs(upright), 1 - np.abs(upright)).max() < 1e-12
    turned = some_leaves("oriented_squares")
    angle = np.arctan2(turned["normal_y"][:, 0], turned["normal_x"][:, 0])
    turns = np.mod(angle, 2 * math.pi) / (2 * math.pi)
    assert stats.kstest(turns, "uniform").pvalue > 0.01


def test_mixed_leaves_are_a_sixth_discs():
    polygon = some_leaves("mixed")["polygon"]
    assert 1 - polygon.mean() == pytest.approx(1 / 6, abs=0.03)
