"""Tests of color spaces, curves and the distortions of color and brightness."""

import colorsys

import numpy as np
import pytest
import scipy.interpolate
import tensorflow as tf

from tfiqa.distortions import color
from tfiqa.distortions import color_spaces
from tfiqa.distortions import curves

SEED = tf.constant([[1, 2]])


def one_pixel(*channels):
    return tf.constant(channels, tf.float32, shape=(1, 3, 1, 1))


def lab(planes):
    channels = tf.unstack(planes[0, :, 0, 0])
    fx, fy, fz = (float(f) for f in color_spaces.to_responses(*channels))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


@pytest.fixture
def planes():
    colors = np.random.default_rng(0).uniform(size=(1, 3, 20, 30)).astype("float32")
    colors[:, :, :2] *= 0.05  # Where the curves are straight.
    return tf.constant(colors)


@pytest.mark.parametrize("degree", [3, 5])
def test_inverse_roots_are_those_of_double_precision(degree):
    # Every octave of single precision in which light and responses can be.
    values = np.geomspace(2.0**-20, 2.0**4, 100_001).astype("float32")
    result = color_spaces._inverse_root(tf.constant(values), degree).numpy()
    expected = values.astype("float64") ** (-1 / degree)
    np.testing.assert_allclose(result, expected, rtol=3e-7)


def test_lab_of_known_colors():
    np.testing.assert_allclose(
        lab(one_pixel(0.2, 0.5, 0.9)), (53.701, 12.16, -58.35), atol=0.01
    )
    np.testing.assert_allclose(lab(one_pixel(1, 1, 1)), (100, 0, 0), atol=0.02)
    np.testing.assert_allclose(lab(one_pixel(0, 0, 0)), (0, 0, 0), atol=1e-4)
    # In the straight part: L = 903.3 Y, Y = 0.01 / 12.92.
    np.testing.assert_allclose(
        lab(one_pixel(0.01, 0.01, 0.01))[0], 903.2963 * 0.01 / 12.92, rtol=1e-4
    )


def test_color_spaces_come_back(planes):
    there = color_spaces.to_responses(*tf.unstack(planes, axis=1))
    back = tf.stack(color_spaces.from_responses(*there), axis=1)
    np.testing.assert_allclose(back, planes, atol=1e-5)
    there = color_spaces.to_ycbcr(planes)
    np.testing.assert_allclose(color_spaces.from_ycbcr(there), planes, atol=1e-6)


def test_ycbcr_of_known_colors():
    white = color_spaces.to_ycbcr(one_pixel(1, 1, 1)).numpy().ravel() * 255
    np.testing.assert_allclose(white, (235, 128, 128), atol=1e-3)
    blue = color_spaces.to_ycbcr(one_pixel(0, 0, 1)).numpy().ravel() * 255
    np.testing.assert_allclose(blue, (40.966, 240, 109.786), atol=1e-3)


@pytest.mark.parametrize("factor", [0.4, 0.1, 0.0])
def test_saturation_equals_colorsys(planes, factor):
    changed = color.saturation_hsv(planes, factor, SEED).numpy()[0].reshape(3, -1).T
    for before, after in zip(planes.numpy()[0].reshape(3, -1).T, changed, strict=True):
        hue, saturation, value = colorsys.rgb_to_hsv(*before)
        expected = colorsys.hsv_to_rgb(hue, saturation * factor, value)
        np.testing.assert_allclose(after, expected, atol=1e-6)


def test_negative_saturation_turns_the_hue_around():
    changed = color.saturation_hsv(one_pixel(0.8, 0.4, 0.2), -0.5, SEED)
    np.testing.assert_allclose(changed.numpy().ravel(), (0.8, 1.0, 1.1), atol=1e-6)


def test_saturation_in_lab_scales_a_and_b():
    before = one_pixel(0.5, 0.55, 0.45)
    lightness, a, b = lab(before)
    after = lab(color.saturation_lab(before, 2.0, SEED))
    np.testing.assert_allclose(after, (lightness, 2 * a, 2 * b), atol=1e-3)


@pytest.mark.parametrize("middle", [0.1, 0.5, 0.75, 1.05])
def test_parabolas_pass_their_points(middle):
    points = tf.constant([0.0, 0.5, 1.0])
    expected = np.clip([0, middle, 1], 0, 1)
    np.testing.assert_allclose(curves.bend(points, middle), expected, atol=1e-6)
    # Its second difference is constant wherever nothing is clipped.
    values = curves.bend(tf.linspace(0.0, 0.3, 31), max(middle, 0.25)).numpy()
    np.testing.assert_allclose(np.ptp(np.diff(values, n=2)), 0, atol=1e-5)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (0.3, (0, 0.110491, 0.328571, 0.671429, 0.889509, 1)),
        (0.15, (0.025, 0.152344, 0.35, 0.65, 0.847656, 0.975)),
        (0, (0.057143, 0.194196, 0.371429, 0.628571, 0.805804, 0.942857)),
        (-0.4, (0.142857, 0.305804, 0.428571, 0.571429, 0.694196, 0.857143)),
        (-0.6, (0.185714, 0.361607, 0.457143, 0.542857, 0.638393, 0.814286)),
    ],
)
def test_splines_have_the_numbers_of_the_original(amount, expected):
    positions = tf.constant([0.1, 0.25, 0.4, 0.6, 0.75, 0.9])
    low, high = 0.25 - amount / 4, 0.75 + amount / 4
    halves = curves.halves_of_spline(low, high)
    np.testing.assert_allclose(curves.steepen(positions, *halves), expected, atol=2e-6)
    spline = scipy.interpolate.CubicSpline(
        [0, 0.3, 0.5, 0.7, 1], [0, low, 0.5, high, 1], bc_type="not-a-knot"
    )
    everywhere = np.linspace(0, 1, 101)
    np.testing.assert_allclose(
        curves.steepen(tf.constant(everywhere, tf.float32), *halves),
        np.clip(spline(everywhere), 0, 1),
        atol=1e-6,
    )


def test_percentiles_are_ranks():
    values = np.random.default_rng(0).uniform(size=(2, 1, 17, 13)).astype("float32")
    expected = np.sort(values.reshape(2, -1))[:, round(0.99 * 221) - 1]
    result = color.percentile_99(tf.constant(values)).numpy().ravel()
    np.testing.assert_array_equal(result, expected)


def test_green_moves_down_and_right_only():
    directions = tf.random.stateless_uniform((2000, 2), (1, 2))
    steps = color.shift_of_direction(directions, 12).numpy()
    assert steps.min() >= 0
    lengths = np.hypot(*steps.T)
    assert np.all(np.abs(lengths - 12) <= 0.75)
    # Ratios of two uniform numbers: their angles lie around 45 degrees.
    angles = np.degrees(np.arctan2(*steps.T))
    np.testing.assert_allclose(angles.mean(), 45, atol=3)


def test_edges_are_where_the_image_has_them():
    planes = np.zeros((1, 3, 60, 80), "float32")
    planes[..., 40:] = 1
    mask = color.edge_mask(tf.constant(planes)).numpy()[0, 0]
    assert mask[:, 38:42].min() > 0.9
    assert mask[:, :20].max() == 0
    assert mask[:, 60:].max() == 0
