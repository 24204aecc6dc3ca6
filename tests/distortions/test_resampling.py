"""Tests of resampling against a loop over pixels."""

import numpy as np
import pytest
import tensorflow as tf

from tfiqa.distortions.resampling import resample


def weight(distance):
    """Returns the cubic of Keys with the parameter -1/2."""
    x = abs(distance)
    if x < 1:
        return 1.5 * x**3 - 2.5 * x**2 + 1
    return -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2 if x < 2 else 0.0


def resampled(plane, rows, columns):
    """Returns a plane by sixteen neighbors of each place, edges repeated."""
    result = np.zeros_like(plane)
    height, width = plane.shape
    for (row, column), _ in np.ndenumerate(plane):
        y, x = row - rows[row, column], column - columns[row, column]
        for i in range(int(np.floor(y)) - 1, int(np.floor(y)) + 3):
            for j in range(int(np.floor(x)) - 1, int(np.floor(x)) + 3):
                sample = plane[np.clip(i, 0, height - 1), np.clip(j, 0, width - 1)]
                result[row, column] += sample * weight(y - i) * weight(x - j)
    return result


@pytest.mark.parametrize("size", [(20, 24), (17, 140)])
@pytest.mark.parametrize("longest", [0.7, 2.5])
def test_equals_a_loop(size, longest):
    rng = np.random.default_rng(0)
    planes = rng.uniform(size=(2, 3, *size)).astype("float32")
    steps = rng.uniform(-longest, longest, (2, 2, *size)).astype("float32")
    moved = resample(tf.constant(planes), tf.constant(steps), longest).numpy()
    for image in range(2):
        expected = resampled(planes[image, 1].astype("float64"), *steps[image])
        np.testing.assert_allclose(moved[image, 1], expected, atol=1e-5)


def test_whole_steps_move_pixels():
    planes = np.random.default_rng(0).uniform(size=(1, 3, 130, 20)).astype("float32")
    steps = np.ones((1, 2, 130, 20), "float32") * [[[[2]], [[-1]]]]
    moved = resample(tf.constant(planes), tf.constant(steps, tf.float32), 3.0)
    expected = planes[:, :, np.maximum(np.arange(130) - 2, 0)]
    expected = expected[:, :, :, np.minimum(np.arange(20) + 1, 19)]
    np.testing.assert_allclose(moved, expected, atol=1e-6)


def test_tiles_reach_as_far_as_their_own_steps():
    rng = np.random.default_rng(0)
    planes = rng.uniform(size=(1, 3, 20, 140)).astype("float32")
    steps = rng.uniform(-0.4, 0.4, (1, 2, 20, 140)).astype("float32")
    steps[..., 128:] *= 8.0  # The second tile.
    moved = resample(tf.constant(planes), tf.constant(steps), 3.5).numpy()
    expected = resampled(planes[0, 1].astype("float64"), *steps[0])
    np.testing.assert_allclose(moved[0, 1], expected, atol=1e-5)
