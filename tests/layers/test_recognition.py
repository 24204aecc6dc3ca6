"""Tests of probabilities of named kinds."""

import keras
import numpy as np
import pytest

from tfiqa.layers import Recognition


def test_temperature_evens_probabilities_out():
    logits = np.log(np.array([[0.8, 0.2]], "float32"))
    plain = Recognition(["a", "b"], ["x", "x"])(logits)
    np.testing.assert_allclose(plain, [[0.8, 0.2]], atol=1e-6)
    warm = Recognition(["a", "b"], ["x", "x"], temperature=2.0)(logits)
    np.testing.assert_allclose(warm, [[2 / 3, 1 / 3]], atol=1e-6)


def test_names_are_saved(tmp_path):
    logits = keras.Input((3,))
    layer = Recognition(["a", "b", "c"], ["x", "x", "y"], 1.5, name="kinds")
    keras.Model(logits, layer(logits)).save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras").get_layer("kinds")
    assert (again.names, again.groups) == (["a", "b", "c"], ["x", "x", "y"])
    assert again.temperature == 1.5


@pytest.mark.parametrize("arguments", [(["a"], ["x"], 0.0), (["a", "b"], ["x"], 1.0)])
def test_refuses(arguments):
    with pytest.raises(ValueError, match=f"temperature={arguments[2]}"):
        Recognition(*arguments)


def test_as_many_logits_as_names():
    with pytest.raises(ValueError, match="3 logits, 2 names"):
        Recognition(["a", "b"], ["x", "y"])(np.zeros((1, 3), "float32"))
