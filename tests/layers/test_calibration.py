"""Tests of the map to 0..100 and its intervals."""

import keras
import numpy as np
import pytest
from keras import ops

from tfiqa.layers import Calibration

CURVE = (90.0, 10.0, 0.5, 0.2)
SETTINGS = {"knots": (20.0, 50.0), "widths": (4.0, 10.0), "level": 0.9}


def scores(layer, predictions):
    return ops.convert_to_numpy(layer(np.array(predictions, "float32")[:, None]))[:, 0]


def test_is_the_logistic_of_the_curve():
    x = np.array([-0.2, 0.4, 0.5, 1.3])
    expected = 80 / (1 + np.exp(-(x - 0.5) / 0.2)) + 10
    np.testing.assert_allclose(
        scores(Calibration(CURVE, **SETTINGS), x), expected, 1e-5
    )


def test_rankings_stay_and_nan_stays():
    x = np.linspace(-1, 2, 50)
    result = scores(Calibration(CURVE, **SETTINGS), [*x, np.nan])
    assert np.all(np.diff(result[:-1]) > 0)
    assert result[:-1].min() >= 10
    assert result[:-1].max() <= 90
    assert np.isnan(result[-1])


def test_intervals_by_hand():
    low, high = Calibration(CURVE, **SETTINGS).interval(
        np.array([[1.0], [20.0], [35.0], [50.0], [97.0], [np.nan]])
    )
    # Widths 4, 4, 7, 10 and 10, cut off at 0 and 100.
    assert low[:5, 0].tolist() == [0, 16, 28, 40, 87]
    assert high[:5, 0].tolist() == [5, 24, 42, 60, 100]
    assert np.isnan([low[5, 0], high[5, 0]]).all()


def test_a_saved_model_is_the_same(tmp_path):
    x = keras.Input((1,))
    model = keras.Model(x, Calibration(CURVE, **SETTINGS)(x))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    values = np.linspace(0, 1, 5, dtype="float32")[:, None]
    np.testing.assert_array_equal(
        *(ops.convert_to_numpy(one(values)) for one in (model, loaded))
    )
    layers = model.layers[-1], loaded.layers[-1]
    assert layers[0].get_config() == layers[1].get_config()


def test_stays_single_precision():
    layer = Calibration(CURVE, **SETTINGS, dtype="mixed_bfloat16")
    assert scores(layer, [0.5]).dtype == np.float32


@pytest.mark.parametrize(
    "curve", [(10, 90, 0, 1), (101, 0, 0, 1), (90, -1, 0, 1), (90, 10, 0, 0)]
)
def test_curves_that_do_not_rise_within_the_scale(curve):
    with pytest.raises(ValueError, match="curve="):
        Calibration(curve, **SETTINGS)


@pytest.mark.parametrize("knots", [(), (20.0,), (50.0, 20.0)])
def test_knots_are_checked(knots):
    with pytest.raises(ValueError, match="knots="):
        Calibration(CURVE, **{**SETTINGS, "knots": knots})
