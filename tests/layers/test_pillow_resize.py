"""Tests of the resize, against Pillow itself."""

import keras
import numpy as np
import pytest
from keras import ops
from PIL import Image

from tests.support.compiled import jitted
from tfiqa.layers import PillowResize


@pytest.mark.parametrize("shape", [(120, 90), (64, 48), (33, 200), (5, 7), (1, 1)])
@pytest.mark.parametrize("target", [(64, 48), (30, 45), (1, 1)])
def test_agrees_with_pillow(shape, target):
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    height, width = target
    resize = jitted(PillowResize(height, width))
    resized = ops.convert_to_numpy(resize(pixels[None]))[0]
    # Pass by pass: Pillow 13 takes the rows first where they shrink more.
    narrow = Image.fromarray(pixels).resize(
        (width, shape[0]), Image.Resampling.BILINEAR
    )
    expected = np.asarray(narrow.resize((width, height), Image.Resampling.BILINEAR))
    differences = np.abs(resized - expected.astype("float32"))
    assert differences.max() <= 1
    assert (differences > 0).mean() <= 0.04


def test_rejects_sizes():
    with pytest.raises(ValueError, match="height=0"):
        PillowResize(0, 4)


def test_gradient_is_that_of_the_resize_without_rounding():
    if keras.backend.backend() != "tensorflow":
        pytest.skip("gradients are taken with TensorFlow")
    import tensorflow as tf

    pixels = np.random.default_rng(0).uniform(0, 255, (1, 9, 8, 3)).astype("float32")
    images = tf.constant(pixels)
    with tf.GradientTape() as tape:
        tape.watch(images)
        resized = PillowResize(4, 3)(images)
        first = resized[0, 0, 0, 0]
    gradient = tape.gradient(first, images).numpy()
    # A resize is linear: the weights of a sample are its gradient, and sum to one.
    assert gradient.sum() == pytest.approx(1.0, rel=1e-5)
    assert np.sum(gradient * pixels) == pytest.approx(float(first), abs=1.0)
    np.testing.assert_array_equal(resized, np.rint(resized))
