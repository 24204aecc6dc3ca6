"""Tests of the slope of the score by the pixels, in Keras and in a SavedModel."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.toy_scorer import METADATA
from tests.toy_scorer import toy_scorer
from tfiqa import layers
from tfiqa.export import saved_model

STEP = 0.016  # Four levels, so that what is rounded does not matter.


def resizing_scorer():
    """Returns a scorer that rounds: it looks at half of the scale, as Pillow does."""
    images = keras.Input((None, None, 3), name="images")
    x = layers.PillowResize(16, 16)(images)
    x = keras.layers.Conv2D(4, 3, activation="softplus", name="conv")(x / 255.0)
    features = keras.layers.GlobalAveragePooling2D(name="features")(x)
    mos = layers.MOS(scale=50.0, metadata=METADATA)
    return keras.Model(images, mos(keras.layers.Dense(1)(features), images))


SCORERS = {"crops": toy_scorer, "resize": resizing_scorer}


@pytest.fixture(scope="module", params=SCORERS)
def functions(request, tmp_path_factory):
    """The scorer, and its SavedModel, as functions of pictures in [0, 1]."""
    scorer = SCORERS[request.param]()
    folder = tmp_path_factory.mktemp("exported") / "model"
    saved_model.write(scorer, folder, {})
    loaded = tf.saved_model.load(folder)
    return {"Keras": lambda x: scorer(x * 255.0), "SavedModel": loaded}


def smooth_picture():
    noise = np.random.default_rng(0).uniform(0.2, 0.8, (1, 40, 36, 3))
    return noise.astype("float32")


def slope(function, images):
    images = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(images)
        score = function(images)
    return tape.gradient(score, images).numpy()


@pytest.mark.parametrize("kind", ["Keras", "SavedModel"])
def test_slope_is_that_of_finite_differences(functions, kind):
    function, images = functions[kind], smooth_picture()
    gradient = slope(function, images)
    assert np.all(np.isfinite(gradient))
    rng = np.random.default_rng(1)
    for _ in range(5):
        # All pixels at once, so that roundings of single ones cancel out.
        direction = np.sign(gradient) * rng.uniform(0, 1, images.shape)
        direction = direction.astype("float32")
        ahead, behind = (function(images + s * direction) for s in (STEP, -STEP))
        expected = float((ahead - behind)[0, 0]) / (2 * STEP)
        assert np.sum(gradient * direction) == pytest.approx(expected, rel=0.03)


def test_both_have_the_same_slope(functions):
    images = smooth_picture()
    one, other = (slope(function, images) for function in functions.values())
    np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4 * np.abs(one).max())


def test_flat_pictures_have_a_slope_of_nothing(functions):
    images = np.full((1, 40, 36, 3), 0.5, "float32")
    for function in functions.values():
        assert not np.any(np.nan_to_num(slope(function, images), nan=1.0))


def test_ascent_raises_the_score(functions):
    images = smooth_picture()
    for function in functions.values():
        gradient = slope(function, images)
        raised = images + 0.01 * gradient / np.abs(gradient).max()
        assert function(raised) > function(images)
