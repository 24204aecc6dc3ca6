"""Tests of the slope of the score by the pixels, in Keras and in a SavedModel."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.support.toy_scorer import METADATA
from tests.support.toy_scorer import toy_scorer
from tfiqa import layers
from tfiqa.config.overrides import override
from tfiqa.export import saved_model_file
from tfiqa.methods import hyperiqa
from tfiqa.methods import linear_probe
from tfiqa.models.hyperiqa import HyperIQA
from tfiqa.models.hyperiqa import build_scorer
from tfiqa.models.linear_probe import LinearProbe
from tfiqa.regression import frozen
from tfiqa.regression.linear_map import LinearMap

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
    saved_model_file.write(scorer, folder, {})
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


def small_hyperiqa():
    small = {"crop_size": 32, "hidden": (8, 4), "content_length": 64}
    config = override(hyperiqa.Config(), {**hyperiqa.QUICK, **small})
    network = HyperIQA(**config.network).network
    return build_scorer(network, scale=50.0, offset=0.0, metadata=METADATA)


def small_linear_probe():
    small = {"tile_size": 48, "scales": 1}  # Without what rounds.
    config = override(linear_probe.Config(), {**linear_probe.QUICK, **small})
    descriptor = LinearProbe(**config.network).descriptor()
    weights = np.random.default_rng(3).normal(size=descriptor.output_shape[-1])
    linear = LinearMap(weights.astype("float32"), 0.0)
    return frozen.build_scorer(descriptor, linear, METADATA, name="probe")


@pytest.mark.parametrize("build", [small_hyperiqa, small_linear_probe])
def test_methods_have_the_slope_of_finite_differences(build):
    keras.utils.set_random_seed(0)
    scorer, images = build(), smooth_picture() * 255
    gradient = slope(scorer, images)
    direction = np.sign(gradient) * 0.02  # Few units of the network switch.
    ahead, behind = (float(scorer(images + s * direction)[0, 0]) for s in (1, -1))
    assert np.sum(gradient * direction) == pytest.approx((ahead - behind) / 2, rel=0.03)
    images[..., :12, :, :] = 100  # Where all is alike, deviations are 0.
    assert np.all(np.isfinite(slope(scorer, images)))
