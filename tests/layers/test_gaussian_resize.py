"""Tests of the Gaussian resize and of hashed positions, against TensorFlow itself."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from tests.support.musiq_oracle import gaussian_resize
from tests.support.toy_scorer import toy_image
from tfiqa.layers.gaussian_resize import fitted_sides
from tfiqa.layers.gaussian_resize import gaussian_resized
from tfiqa.layers.multiscale_tokens import hashed_positions

# JAX compiles every operation for every size anew.
on_jax = keras.backend.backend() == "jax"

SIZES = [(40, 56, 28, 39), (33, 47, 66, 94), (224, 168, 224, 168), (7, 200, 3, 90)]


@pytest.mark.parametrize(
    ("rows", "columns", "height", "width"), SIZES[:1] if on_jax else SIZES
)
def test_is_that_of_tensorflow(rows, columns, height, width):
    image = toy_image(3, rows, columns)
    result = ops.convert_to_numpy(gaussian_resized(image[None], height, width))
    expected = tf.image.resize(image[None], (height, width), "gaussian").numpy()
    assert result.shape == expected.shape
    np.testing.assert_allclose(result, expected, atol=2e-4)


def test_is_that_of_the_definition():
    image = toy_image(3, 40, 56)
    result = ops.convert_to_numpy(gaussian_resized(image[None], 28, 39))[0]
    np.testing.assert_allclose(result, gaussian_resize(image, 28, 39), atol=2e-4)


@pytest.mark.skipif(on_jax, reason="compiles for every length")
def test_is_that_of_tensorflow_for_every_length():
    """Where samples lie between two pixels, the last bit decides."""
    for length in (*range(1, 30), 384, 512, 1000, 1024, 3001):
        ramp = np.random.default_rng(length).uniform(0, 255, (1, length, 1, 1))
        for target in (7, 42, 224):
            result = ops.convert_to_numpy(gaussian_resized(ramp, target, 1))
            expected = tf.image.resize(ramp, (target, 1), "gaussian").numpy()
            np.testing.assert_allclose(result, expected, atol=1e-3)


def test_antialiasing_would_be_seen():
    image = toy_image(3, 40, 56)[None]
    result = ops.convert_to_numpy(gaussian_resized(image, 20, 28))
    wrong = tf.image.resize(image, (20, 28), "gaussian", antialias=True).numpy()
    assert np.abs(result - wrong).max() > 1


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [
        (768, 1024, (168, 224)),
        (512, 512, (224, 224)),
        (448, 3, (224, 2)),  # 1.5 rounds to even.
        (5000, 1, (224, 1)),
        (16, 20, (179, 224)),
    ],
)
def test_longer_side_has_its_length(height, width, expected):
    assert fitted_sides(height, width, 224) == expected
    tensors = fitted_sides(tf.constant(height), tf.constant(width), 224)
    assert tuple(int(side) for side in tensors) == expected


def test_positions_are_those_of_a_legacy_resize():
    grid = np.arange(10, dtype="int32").reshape(1, 10, 1, 1)
    for count in (7, 33) if on_jax else (*range(1, 160), 1000, 1777):
        expected = tf.raw_ops.ResizeNearestNeighbor(images=grid, size=(count, 1))
        result = ops.convert_to_numpy(hashed_positions(count, 10))
        np.testing.assert_array_equal(result, expected[0, :, 0, 0])
