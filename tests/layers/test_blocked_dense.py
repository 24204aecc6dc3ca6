"""Tests of dense layers in blocks, against double precision."""

import keras
import numpy as np
import pytest
from keras import ops

from tfiqa.layers import BlockedDense


def made(length, units=3, activation="relu"):
    layer = BlockedDense(units, activation)
    layer.build((None, length))
    random = np.random.default_rng(length)
    weights = [random.normal(size=w.shape).astype("float32") for w in layer.weights]
    layer.set_weights(weights)
    return layer, random.normal(size=(2, length)).astype("float32"), weights


@pytest.mark.parametrize("length", [1, 199, 200, 401])
def test_units_are_those_of_a_dense_layer(length):
    layer, features, (kernel, bias) = made(length)
    expected = np.maximum(features.astype(float) @ kernel + bias, 0)
    result = ops.convert_to_numpy(layer(features))
    np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-4)
    assert layer.compute_output_shape((2, length)) == result.shape


def test_long_sums_are_precise():
    # A sum in sequence is off by 1e-4 of the result here.
    layer, features, (kernel, bias) = made(40_000, units=8, activation=None)
    features += 1.0
    kernel += 1.0
    layer.set_weights([kernel, bias])
    expected = features.astype(float) @ kernel.astype(float) + bias
    result = ops.convert_to_numpy(layer(features))
    sequence = np.cumsum(features[:, :, None] * kernel, axis=1)[:, -1] + bias
    error = np.abs(result - expected).max()
    assert error < 0.2 * np.abs(sequence - expected).max()


def test_survives_saving(tmp_path):
    layer, features, _ = made(401)
    inputs = keras.Input((401,))
    model = keras.Model(inputs, layer(inputs))
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    expected = ops.convert_to_numpy(model(features))
    np.testing.assert_array_equal(ops.convert_to_numpy(again(features)), expected)


def test_wrong_settings_are_named():
    with pytest.raises(ValueError, match="units=0"):
        BlockedDense(0)
