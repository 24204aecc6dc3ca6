"""Tests of the views of MoCo v2, against Pillow and SciPy."""

import colorsys

import numpy as np
import pytest
import scipy.ndimage
import tensorflow as tf
from PIL import Image
from PIL import ImageEnhance

from tfiqa.data import content_views
from tfiqa.data import ops

SIZE = 32


def noise(height, width, *, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height, width, 3), np.uint8)


def keys(count):
    return ops.split_seed(tf.constant([3, 4]), count)


def test_views_depend_on_picture_and_key_alone():
    image = tf.constant(noise(70, 50))
    view = tf.function(lambda key: content_views.two_views(image, key, size=SIZE))
    first = view(tf.constant([1, 2]))
    assert first.shape == (2, SIZE, SIZE, 3)
    assert first.dtype == tf.float32
    assert 0 <= np.min(first) < np.max(first) <= 255
    np.testing.assert_array_equal(first, view(tf.constant([1, 2])))
    assert np.any(first[0] != first[1])
    assert np.any(first != view(tf.constant([1, 3])))


def test_parts_are_of_the_promised_areas_and_ratios():
    draw = tf.function(lambda key: content_views.part_of(300, 400, key))
    drawn = [draw(key) for key in keys(600)]
    corners, sides = np.array(drawn).swapaxes(0, 1)
    assert corners.min() >= 0
    assert (corners + sides <= (300, 400)).all()
    ratio = sides[:, 1] / sides[:, 0]
    assert 0.74 < ratio.min() < 0.78
    assert 1.28 < ratio.max() < 1.35
    share = sides.prod(axis=1) / (300 * 400)
    assert 0.199 < share.min() < 0.22
    assert share.max() > 0.9
    # Areas up to a half fit at all ratios: there they are uniform.
    bins = np.histogram(share, bins=3, range=(0.2, 0.5))[0]
    assert max(abs(bins - bins.mean())) < 5 * bins.mean() ** 0.5


@pytest.mark.parametrize(
    ("sides", "expected"),
    [((20, 400), ((0, 186), (20, 27))), ((400, 20), ((186, 0), (27, 20)))],
)
def test_where_no_part_fits_the_middle_counts(sides, expected):
    corner, part = content_views.part_of(*sides, tf.constant([0, 0]))
    assert (tuple(corner.numpy()), tuple(part.numpy())) == expected


def test_a_part_is_resized_with_a_filter():
    image = np.zeros((128, 128, 3), np.uint8)
    image[::2] = 200
    for key in keys(3):
        part = content_views.random_part(tf.constant(image), key, size=16)
        np.testing.assert_allclose(part, 100, atol=25)


def test_changes_of_color_are_those_of_pillow():
    pixels = noise(20, 24)
    image, view = Image.fromarray(pixels), tf.constant(pixels / 255.0, tf.float32)
    luma = content_views.gray(view)
    for factor in (0.6, 1.3):
        for enhance, other in (
            (ImageEnhance.Brightness, 0.0),
            (ImageEnhance.Contrast, tf.reduce_mean(luma)),
            (ImageEnhance.Color, luma),
        ):
            expected = np.asarray(enhance(image).enhance(factor))
            result = content_views._blended(view, other, factor) * 255
            np.testing.assert_allclose(result, expected, atol=1.6)


def test_jitter_stays_within_its_bounds():
    color = (0.5, 0.4, 0.45)
    view = tf.fill((4, 4, 3), 1.0) * color
    hue, _, value = colorsys.rgb_to_hsv(*color)
    turns, values = [], []
    jitter = tf.function(content_views.jittered)
    for key in keys(200):
        result = colorsys.rgb_to_hsv(*jitter(view, key).numpy()[0, 0].tolist())
        turns.append((result[0] - hue + 0.5) % 1 - 0.5)
        values.append(result[2] / value)
    assert -0.1001 <= min(turns) < -0.08
    assert 0.08 < max(turns) <= 0.1001
    assert 0.55 < min(values) < 0.7
    assert 1.3 < max(values) < 1.5


def test_blur_is_gaussian_and_continues_borders():
    view = np.random.default_rng(0).random((24, 30, 3)).astype(np.float32)
    key = tf.constant([5, 6])
    sigma = float(tf.random.stateless_uniform((), key, *content_views.DEVIATION))
    expected = scipy.ndimage.gaussian_filter(
        view, (sigma, sigma, 0), mode="nearest", radius=(6, 6, 0)
    )
    result = content_views.blurred(tf.constant(view), key)
    np.testing.assert_allclose(result, expected, atol=1e-5)


def test_how_often_views_are_changed(monkeypatch):
    ramp = np.arange(100, dtype=np.uint8)[None, :, None] // 10
    image = tf.constant(np.repeat(ramp + np.array([100, 50, 25], np.uint8), 60, axis=0))
    monkeypatch.setattr(content_views, "jittered", lambda view, key: view + 0.1)
    monkeypatch.setattr(content_views, "blurred", lambda view, key: view + 0.25)
    view = tf.function(lambda key: content_views.one_view(image, key, size=8))
    counts = np.zeros(4)
    for key in keys(300):
        result = view(key).numpy()
        gray = np.ptp(result, axis=2).max() < 1
        level = result.min() - (62 if gray else 25)
        counts += [
            20 < level % 63.75 < 40,
            gray,
            level > 55,
            result[0, 0, 0] > result[0, -1, 0],
        ]
    for count, chance in zip(counts, (0.8, 0.2, 0.5, 0.5), strict=True):
        assert abs(count - 300 * chance) < 5 * (300 * chance * (1 - chance)) ** 0.5
