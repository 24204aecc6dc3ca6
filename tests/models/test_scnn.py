"""Tests of the S-CNN as an ordinary Keras model."""

import dataclasses
import inspect

import keras
import numpy as np
import pytest

from tests.models.plain import batch
from tfiqa import models
from tfiqa.methods import db_cnn
from tfiqa.models.scnn import RELEASES
from tfiqa.models.scnn import feature_maps
from tfiqa.models.scnn import merged
from tfiqa.scoring.encoder import load_encoder


@pytest.fixture(scope="module")
def model():
    """An S-CNN whose batch normalization is not the identity."""
    model = models.SCNN(**dataclasses.asdict(RELEASES["pytorch"]), seed=3)
    rng = np.random.default_rng(0)
    for variable in model.variables:
        if variable.name in ("gamma", "moving_variance"):
            variable.assign(rng.uniform(0.5, 2.0, variable.shape))
        elif variable.name in ("beta", "bias", "moving_mean"):
            variable.assign(rng.normal(0, 0.2, variable.shape))
    return model


def values(tensor):
    return keras.ops.convert_to_numpy(tensor)


def test_merging_changes_nothing_but_the_network(model):
    images = batch(2, side=48)
    plain = merged(model)
    assert plain.count_params() < model.count_params()
    assert not any("bn" in layer.name for layer in plain.layers)
    expected = values(model(images, training=False))
    result = values(plain(images, training=False))
    np.testing.assert_allclose(result, expected, atol=1e-4 * np.abs(expected).max())
    assert plain.arguments["strides"] == RELEASES["pytorch"].strides
    for name in ("mean", "std"):
        np.testing.assert_allclose(
            plain.arguments[name], model.arguments[name], rtol=1e-9
        )


def test_the_file_of_an_encoder_gives_its_maps_and_can_be_merged(model, tmp_path):
    model.encoder().save(tmp_path / "encoder.keras")
    encoder = load_encoder(tmp_path / "encoder.keras", method="db_cnn")
    images = batch(1, side=40)
    expected = values(model.maps()(images, training=False))
    assert expected.shape == (1, 3, 3, 128)
    result = values(feature_maps(encoder)(images, training=False))
    np.testing.assert_array_equal(result, expected)
    np.testing.assert_allclose(
        values(encoder(images))[0], expected.mean((0, 1, 2)), rtol=1e-4
    )
    assert merged(encoder).output_shape == (None, 128)


def test_other_encoders_are_refused():
    images = keras.Input((None, None, 3))
    other = keras.Model(images, keras.layers.GlobalMaxPooling2D()(images), name="other")
    with pytest.raises(ValueError, match=r"S-CNN is expected.*'other'"):
        feature_maps(other)


def test_a_classifier_shares_the_weights_of_its_model(model):
    classifier = model.classifier()
    assert classifier.output_shape == (None, 39)
    own = {id(variable) for variable in classifier.trainable_variables}
    shared = [id(variable) for variable in model.trainable_variables]
    assert own.issuperset(shared)
    assert len(own) == len(shared) + 3 * 2 + 2 * 2


def test_the_defaults_are_the_papers():
    config = db_cnn.Config()
    assert config.scnn == dataclasses.asdict(RELEASES["matlab"])
    parameters = inspect.signature(models.SCNN.__init__).parameters
    for name, value in config.scnn.items():
        assert parameters[name].default == value


@pytest.mark.parametrize("strides", [(1, 2, 1), (1, 2, 1, 2, 1, 2, 1, 3, 1)])
def test_rejects(strides):
    with pytest.raises(ValueError, match="`strides` must be 9 numbers"):
        models.SCNN(strides=strides)
