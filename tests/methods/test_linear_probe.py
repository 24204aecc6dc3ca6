"""Tests of the linear probe."""

import dataclasses

import keras
import numpy as np
import pytest

from tests.support.compiled import jitted
from tests.support.toy_scorer import toy_image
from tfiqa import backbones
from tfiqa.config.overrides import override
from tfiqa.methods import linear_probe
from tfiqa.models.linear_probe import LinearProbe
from tfiqa.models.linear_probe import deviation as deviation_of

SMALL = override(linear_probe.Config(), {**linear_probe.QUICK, "tile_size": 64})


def described(config, image):
    keras.utils.set_random_seed(0)
    descriptor = LinearProbe(**config.network)
    call = jitted(descriptor)
    return keras.ops.convert_to_numpy(call(image[None].astype("float32")))[0]


def test_features_are_means_and_deviations_of_the_stages():
    image = toy_image(8, 64, 64)
    features = described(dataclasses.replace(SMALL, scales=1), image)
    keras.utils.set_random_seed(0)
    backbone = backbones.build_backbone("resnet10_slim", None)
    expected = []
    for stage in backbone(image[None].astype("float32"), training=False):
        values = keras.ops.convert_to_numpy(stage)[0].reshape(-1, stage.shape[-1])
        expected += [values.mean(axis=0), values.std(axis=0)]
    np.testing.assert_allclose(features, np.concatenate(expected), atol=1e-4)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="its gradients")
def test_channels_that_are_constant_spoil_no_slope():
    import tensorflow as tf

    stage = tf.constant(np.random.default_rng(0).normal(size=(2, 3, 4, 5)), "float32")
    stage *= [1.0, 0.0, 1.0, 1.0, 1.0]
    with tf.GradientTape() as tape:
        tape.watch(stage)
        deviation = deviation_of(stage)
    np.testing.assert_allclose(deviation, np.std(stage, axis=(1, 2)), rtol=1e-5)
    gradient = tape.gradient(deviation, stage).numpy()
    assert np.all(np.isfinite(gradient))
    assert np.any(gradient, axis=(1, 2)).tolist() == 2 * [[1, 0, 1, 1, 1]]


@pytest.mark.parametrize(
    ("overrides", "length"),
    [
        ({}, 2 * 2 * (64 + 64 + 128 + 256)),
        ({"scales": 1}, 2 * (64 + 64 + 128 + 256)),
        ({"stages": "last", "statistics": "mean", "scales": 1}, 256),
    ],
)
def test_length_of_the_features(overrides, length):
    config = dataclasses.replace(SMALL, **overrides)
    assert described(config, toy_image(3, 64, 64)).shape == (length,)


@pytest.mark.parametrize("field", ["stages", "statistics", "scales"])
def test_rejects_values(field):
    with pytest.raises(ValueError, match=f"{field}='most'"):
        dataclasses.replace(SMALL, **{field: "most"})
