"""Tests of the reduction to half the size, against Pillow itself."""

import keras
import numpy as np
import pytest
from keras import ops
from PIL import Image

from tests.support.compiled import jitted
from tfiqa.layers.pillow_half import half
from tfiqa.layers.pillow_half import halved

BICUBIC = Image.Resampling.BICUBIC


def noise(*shape):
    return np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)


def window_of(pixels, *window):
    run = jitted(lambda images: halved(images, *window))
    return ops.convert_to_numpy(run(pixels[None]))[0]


def whole(pixels):
    height, width = (half(side) for side in pixels.shape[:2])
    return window_of(pixels, 0, height, 0, width)


@pytest.mark.parametrize(
    "shape", [(120, 90), (33, 200), (64, 47), (5, 7), (3, 3), (1, 2), (2, 1)]
)
def test_agrees_with_pillow(shape):
    pixels = noise(*shape)
    height, width = (max(side // 2, 1) for side in shape)
    # Pass by pass: Pillow 13 takes the rows first where they shrink more.
    narrow = Image.fromarray(pixels).resize((width, shape[0]), BICUBIC)
    expected = np.asarray(narrow.resize((width, height), BICUBIC)).astype("float32")
    differences = np.abs(whole(pixels) - expected)
    if all(side % 2 == 0 for side in shape):
        assert differences.max() == 0
    assert differences.max() <= 1
    assert (differences > 0).mean() <= 1e-3


@pytest.mark.parametrize("shape", [(121, 90), (64, 201)])
def test_a_window_is_that_of_the_whole(shape):
    pixels = noise(*shape)
    expected = whole(pixels)
    for top, left, height, width in [(0, 0, 5, 6), (3, 7, 20, 30), (27, 40, 5, 5)]:
        result = window_of(pixels, top, height, left, width)
        window = expected[top : top + height, left : left + width]
        np.testing.assert_array_equal(result, window)


def test_gradient_is_that_of_the_resize_without_rounding():
    if keras.backend.backend() != "tensorflow":
        pytest.skip("gradients are taken with TensorFlow")
    import tensorflow as tf

    images = tf.constant(noise(12, 12)[None], tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(images)
        middle = halved(images, 2, 1, 2, 1)[0, 0, 0, 0]
    gradient = tape.gradient(middle, images).numpy()
    # A resize is linear: the weights of a sample are its gradient, and sum to one.
    assert gradient.sum() == pytest.approx(1.0, rel=1e-5)
    assert np.sum(gradient * images) == pytest.approx(float(middle), abs=1.0)
