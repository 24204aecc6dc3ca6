"""Tests for the shapes and the canvas."""

import math

import numpy as np
import pytest

from tfiqa.synthetic.drawing import Canvas
from tfiqa.synthetic.drawing import blob
from tfiqa.synthetic.drawing import stroke

SIZE = (60, 80)


def cover(shape, values):
    whole = np.zeros(SIZE)
    whole[shape.box] = values
    return whole


def test_blob_without_waves_is_a_disc():
    shape = blob(SIZE, 41.3, 28.6, 17.5, np.zeros((0, 2)))
    rows, columns = np.indices(SIZE)
    distance = np.hypot(columns - 41.3, rows - 28.6) - 17.5
    expected = np.clip(0.5 - distance, 0, 1)
    np.testing.assert_allclose(cover(shape, shape.inside()), expected, atol=1e-4)
    assert expected.sum() == pytest.approx(math.pi * 17.5**2, rel=0.01)


def test_blob_has_the_radius_of_its_waves():
    waves = np.array([[0.1, -0.05], [0.02, 0.06], [0.0, 0.03]])
    shape = blob(SIZE, 40, 30, 15, waves)
    inside = cover(shape, shape.inside())
    for angle in np.arange(0, 2 * math.pi, 0.3):
        radius = 15 * (
            1
            + sum(
                w[0] * math.cos(k * angle) + w[1] * math.sin(k * angle)
                for k, w in enumerate(waves, start=2)
            )
        )
        for far, expected in [(radius - 2, 1), (radius + 2, 0)]:
            x, y = 40 + far * math.cos(angle), 30 + far * math.sin(angle)
            assert inside[round(y), round(x)] == expected


def test_edge_is_a_line_of_its_width():
    shape = blob(SIZE, 40, 30, 18, np.zeros((0, 2)))
    area = shape.edge(2.0).sum()
    assert area == pytest.approx(2 * math.pi * 18 * 2.0, rel=0.03)


def test_stroke_tapers_between_its_ends():
    shape = stroke(SIZE, (10, 15), (48, 36), 0, 6)
    drawn = cover(shape, shape.inside())
    assert drawn.sum() == pytest.approx(60 * 6 / 2, rel=0.08)  # A triangle.
    for share in (0.1, 0.4, 0.7):
        assert drawn[round(15 + 36 * share), round(10 + 48 * share)] > 0.9
    assert drawn[10, 5] == drawn[54, 61] == 0


def test_stroke_bends_in_its_middle():
    shape = stroke(SIZE, (10, 30), (60, 0), 12, 4)
    drawn = cover(shape, shape.inside())
    assert drawn[42, 40] == 1
    assert drawn[30, 40] == drawn[30, 25] == 0


@pytest.mark.parametrize("place", [(-50, -50), (500, 20), (40, 59.9), (-3, 30)])
def test_shapes_beyond_the_canvas_are_cut(place):
    canvas = Canvas(SIZE)
    round_ = blob(SIZE, *place, 10, np.zeros((0, 2)))
    canvas.blend(round_.box, round_.inside(), np.zeros(3))
    line = stroke(SIZE, place, (30, -20), 5, 3)
    canvas.blend(line.box, line.inside(), np.zeros(3))
    assert canvas.pixels().shape == (*SIZE, 3)


def test_blend_mixes_by_cover_and_rounds():
    canvas = Canvas((16, 16))
    box = slice(0, 2), slice(0, 1)
    cover = np.array([[0.25], [1.0]], np.float32)
    canvas.blend(box, cover, np.array([55.0, 255.0, 0.4]))
    picture = canvas.pixels()
    assert picture[0, 0].tolist() == [205, 255, 191]
    assert picture[1, 0].tolist() == [55, 255, 0]
    assert (picture[2:] == 255).all()
