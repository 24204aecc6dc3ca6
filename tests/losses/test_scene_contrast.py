"""Tests of the contrast among distortions of a scene."""

import keras
import numpy as np
import pytest
from keras import ops

from tfiqa import losses


def plain(features, temperature):
    """Returns the sum of both directions, averaged over scenes, loop by loop."""
    total = 0.0
    for scene in features:
        unit = scene / np.linalg.norm(scene, axis=-1, keepdims=True)
        for first, second in ((0, 1), (1, 0)):
            for index, anchor in enumerate(unit[:, first]):
                exp = np.exp(unit[:, second] @ anchor / temperature)
                total -= np.log(exp[index] / exp.sum()) / len(scene)
    return total / len(features)


def test_is_the_value_of_the_authors_code():
    features = np.random.RandomState(3).randn(2, 3, 2, 8)
    result = losses.scene_contrast(ops.convert_to_tensor(features), 0.1)
    assert result.shape == (2,)
    assert float(ops.mean(result)) == pytest.approx(3.8019464646, abs=1e-5)
    assert plain(features, 0.1) == pytest.approx(3.8019464646, abs=1e-10)


def test_parts_are_contrasted_by_themselves():
    features = np.random.default_rng(0).normal(size=(2, 4, 2, 10)).astype("float32")
    loss = losses.SceneContrast(0.2, parts=2)
    expected = plain(features[..., :5], 0.2) + plain(features[..., 5:], 0.2)
    assert float(loss(np.zeros((2, 1)), features)) == pytest.approx(expected, rel=1e-5)
    assert float(losses.SceneContrast(0.2)(np.zeros((2, 1)), features)) == (
        pytest.approx(plain(features, 0.2), rel=1e-5)
    )


def test_features_of_no_length_have_a_finite_loss():
    assert np.isfinite(float(losses.scene_contrast(ops.zeros((1, 3, 2, 4)))[0]))


def test_survives_its_config():
    loss = losses.SceneContrast(0.3, parts=5)
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert (again.temperature, again.parts) == (0.3, 5)
