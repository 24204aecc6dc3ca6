"""Tests of hidden units on standardized features."""

import keras
import numpy as np
import pytest

from tfiqa.layers.standardized_dense import StandardizedDense

RNG = np.random.default_rng(0)


def filled(units=4, limit=2.0, length=9, activation="relu"):
    layer = StandardizedDense(units, limit, activation)
    layer.build((None, length))
    mean, deviation = RNG.normal(5, 3, length), RNG.uniform(0.5, 9, length)
    deviation[3] = 0.0
    kernel = RNG.normal(0, 1, (length, units)).astype("float16")
    bias = RNG.normal(0, 1, units)
    layer.set_statistics(mean, deviation, kernel, bias)
    return layer, mean, deviation, kernel, bias


def test_is_what_a_loop_over_features_gives():
    layer, mean, deviation, kernel, bias = filled()
    features = RNG.normal(5, 12, (6, 9)).astype("float32")
    expected = np.tile(bias, (6, 1))
    for row, values in enumerate(features):
        for place, value in enumerate(values):
            if deviation[place] > 0:
                standard = (value - mean[place]) / deviation[place]
                standard = min(max(standard, -2.0), 2.0)
                expected[row] += standard * kernel[place].astype("float64")
    expected = np.maximum(expected, 0)
    np.testing.assert_allclose(layer(features), expected, atol=1e-4)


def test_survives_saving_and_is_small(tmp_path):
    layer, *_ = filled(units=64, length=1000, activation="gelu")
    features = keras.Input((1000,))
    model = keras.Model(features, layer(features))
    model.save(tmp_path / "m.keras")
    restored = keras.saving.load_model(tmp_path / "m.keras")
    inputs = RNG.normal(5, 3, (2, 1000)).astype("float32")
    np.testing.assert_array_equal(restored(inputs), model(inputs))
    assert restored.layers[-1].limit == 2.0
    assert (tmp_path / "m.keras").stat().st_size < 2.5 * 64 * 1000
    assert model.trainable_weights == []


@pytest.mark.parametrize("options", [{"units": 0}, {"units": 3, "limit": 0.0}])
def test_refuses(options):
    with pytest.raises(ValueError, match="Received: units="):
        StandardizedDense(**options)


def test_gelu_by_the_error_function_is_gelu():
    layer, *_ = filled(units=8, activation="gelu")
    features = RNG.normal(5, 12, (20, 9)).astype("float32")
    expected = keras.ops.convert_to_numpy(layer(features))
    assert np.any(expected < 0)
    layer.by_erf = True
    np.testing.assert_allclose(layer(features), expected, atol=1e-5)
    assert "by_erf" not in layer.get_config()
