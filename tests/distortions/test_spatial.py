"""Tests of thresholds, pixels, patches and blocks."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from tfiqa.distortions import otsu
from tfiqa.distortions import spatial
from tfiqa.distortions import threefry

STRENGTHS = (0.01, 0.05, 0.1, 0.2, 0.5)


@pytest.mark.parametrize(
    ("size", "counts"),
    [(384, (341, 302, 269, 219, 112)), (512, (455, 402, 358, 292, 149))],
)
def test_pixelate_leaves_as_many_rows_as_the_original(size, counts):
    for strength, count in zip(STRENGTHS, counts, strict=True):
        indices = spatial.coarse_indices(size, 0.95 - strength**0.6).numpy()
        # The last two rows that are left may be the same one of the image.
        assert len(set(indices.tolist())) in (count - 1, count)
        assert np.all(np.diff(indices) >= 0)
        assert indices.min() >= 0
        assert indices.max() < size


def test_any_number_of_thresholds_in_any_order_of_calls(make_image):
    planes = make_image(40, 30)[None].transpose(0, 3, 1, 2) / 255
    for count in (20, 7, 13, 16, 10):
        found = otsu.quantize(tf.constant(planes, tf.float32), count)
        assert 2 < len(np.unique(found)) <= count + 1


def between_variance(histogram, limits):
    """Returns the variance between classes, class by class."""
    levels = np.arange(256)
    mean = (histogram * levels).sum() / histogram.sum()
    edges = [0, *(limit + 1 for limit in limits), 256]
    total = 0.0
    for start, stop in itertools.pairwise(edges):
        part = histogram[start:stop]
        if part.sum():
            own = (part * levels[start:stop]).sum() / part.sum()
            total += part.sum() * (own - mean) ** 2
    return total


@pytest.mark.parametrize("count", [1, 2])
def test_thresholds_are_the_best_of_all(count):
    rng = np.random.default_rng(count)
    histogram = np.zeros((2, 256), "int64")
    used = rng.choice(256, 40, replace=False)
    histogram[:, used] = rng.integers(1, 100, (2, 40))
    found = otsu.thresholds(tf.constant(histogram), count).numpy()
    for row, limits in zip(histogram, found, strict=True):
        positions = np.sort(used)[:-1]
        best = max(
            between_variance(row, choice)
            for choice in itertools.combinations(positions, count)
        )
        np.testing.assert_allclose(between_variance(row, limits), best, rtol=1e-12)


@pytest.mark.parametrize("count", [7, 20])
def test_no_threshold_can_be_moved_to_advantage(count):
    rng = np.random.default_rng(count)
    histogram = rng.integers(1, 100, (1, 256))
    limits = otsu.thresholds(tf.constant(histogram), count).numpy()[0]
    assert np.all(np.diff(limits) > 0)
    best = between_variance(histogram[0], limits)
    for place in range(count):
        for step in (-1, 1):
            moved = limits.copy()
            moved[place] += step
            assert between_variance(histogram[0], moved) <= best * (1 + 1e-12)


def test_quantization_takes_the_upper_threshold(make_image):
    image = make_image(40, 50).astype("float32")
    scaled = (image - image.min()) / np.ptp(image)
    planes = tf.constant(scaled.transpose(2, 0, 1)[None])
    result = spatial.quantization(planes, 7, None).numpy()[0].transpose(1, 2, 0)
    bins = np.floor(scaled * 255 + 0.5).astype(int)
    histogram = np.bincount(bins.ravel(), minlength=256)[None]
    limits = otsu.thresholds(tf.constant(histogram), 7).numpy()[0] / 255
    values = np.array([0, *limits[1:], 1])
    # A sample on a threshold belongs to the class below it.
    expected = values[np.searchsorted(limits, scaled - 1e-6)]
    np.testing.assert_allclose(result, expected, atol=1e-6)
    assert len(np.unique(result)) == 8


def test_jitter_moves_by_the_square_root_of_the_passes():
    # The brightness of a ramp shows how far its pixels came. Interpolation is exact
    # there, and steps add up over the passes as far as their neighbors let them.
    ramp = tf.linspace(0.0, 1.0, 200)[None, None, None] * tf.ones((1, 3, 120, 1))
    moved = spatial.jitter(ramp, 0.2, tf.constant([[3, 4]]))
    steps = (moved - ramp).numpy()[:, 0, 10:-10, 10:-10] * 199
    assert abs(steps.mean()) < 0.02
    assert 0.2 < steps.std() < 0.2 * np.sqrt(5) * 1.05
    assert np.all(moved[:, 0] == moved[:, 1])


def patches_of(count, seeds=400):
    """Returns corners and targets that `patch_shift` chose, from what it changed."""
    keys = tf.stack([tf.range(seeds), tf.zeros(seeds, tf.int32)], axis=1)
    return spatial.patch_positions(keys, count, height=100, width=140)


def test_patches_stay_inside_and_near():
    corners, targets = (positions.numpy() for positions in patches_of(20))
    # One-based corners of the original run from 16 to the size less 32.
    assert corners.min() == 15
    np.testing.assert_array_equal(corners.max(axis=(0, 1)), [100 - 33, 140 - 33])
    assert np.abs(targets - corners).max() == 8
    assert targets.min() >= 0
    assert np.all(targets.max(axis=(0, 1)) + 16 <= [100, 140])
    np.testing.assert_allclose((targets - corners).mean(), 0, atol=0.15)


def test_blocks_are_squares_of_one_color():
    planes = tf.zeros((3, 3, 64, 200)) - 1.0
    keys = tf.constant([[1, 2], [3, 4], [5, 6]])
    painted = spatial.color_block(planes, 2, keys).numpy()
    for image in painted:
        covered = image[0] >= 0
        assert 32 * 32 <= covered.sum() <= 2 * 32 * 32
        colors = np.unique(image[:, covered].T, axis=0)
        assert 1 <= len(colors) <= 2
        assert colors.max() < 1


def test_motion_blur_draws_all_angles():
    keys = tf.stack([tf.range(20000), tf.zeros(20000, tf.int32)], axis=1)
    angles = np.floor(threefry.uniforms(keys, 1).numpy() * 181)
    assert sorted(set(angles.ravel())) == list(range(181))
