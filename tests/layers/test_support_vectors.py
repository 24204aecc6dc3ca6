"""Tests of support vector regression as layers."""

import keras
import numpy as np
import pytest
from keras import ops

from tests.layers.test_aggd import require_double
from tfiqa.layers import FeatureScaling
from tfiqa.layers import SupportVectors


@pytest.fixture(autouse=True)
def double():
    require_double()


def regression(seed=0, count=5, features=3, gamma=0.4):
    random = np.random.default_rng(seed)
    layer = SupportVectors(count, gamma)
    layer.build((None, features))
    weights = [random.normal(size=s) for s in ((count, features), (count, 1), (1,))]
    layer.set_weights(weights)
    return layer, weights


def test_sum_over_support_vectors():
    layer, (vectors, coefficients, bias) = regression()
    rows = np.random.default_rng(1).normal(size=(4, 3))
    expected = [
        bias[0]
        + sum(
            c[0] * np.exp(-0.4 * np.sum((row - v) ** 2))
            for v, c in zip(vectors, coefficients, strict=True)
        )
        for row in rows
    ]
    result = ops.convert_to_numpy(layer(ops.convert_to_tensor(rows)))
    assert result.shape == (4, 1)
    np.testing.assert_allclose(result[:, 0], expected, rtol=1e-12)


def test_scaling_is_a_factor_and_an_offset():
    layer = FeatureScaling()
    layer.build((None, 2))
    rows = np.array([[1.0, 2.0], [3.0, -4.0]])
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(rows)), rows)
    layer.set_weights([np.array([2.0, 0.0]), np.array([-1.0, 7.0])])
    expected = [[1.0, 7.0], [5.0, 7.0]]
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(rows)), expected)


def test_both_survive_saving(tmp_path):
    features = keras.Input((3,))
    layer, _ = regression(seed=2)
    model = keras.Model(features, layer(FeatureScaling()(features)))
    model.save(tmp_path / "model.keras")
    restored = keras.saving.load_model(tmp_path / "model.keras")
    rows = np.random.default_rng(3).normal(size=(4, 3))
    np.testing.assert_array_equal(restored.predict(rows), model.predict(rows))


@pytest.mark.parametrize(("count", "gamma"), [(0, 1.0), (3, 0.0), (3, float("nan"))])
def test_rejects_what_is_no_regression(count, gamma):
    with pytest.raises(ValueError, match=f"count={count}, gamma={gamma}"):
        SupportVectors(count, gamma)
