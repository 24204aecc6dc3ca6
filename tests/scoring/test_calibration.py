"""Tests of scorers on the scale from 0 to 100."""

import keras
import numpy as np
import pytest

from tests.support.toy_scorer import METADATA
from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa.metrics.conformal import calibrate
from tfiqa.scoring import calibration
from tfiqa.scoring.scorer import metadata
from tfiqa.scoring.scorer import predictor
from tfiqa.scoring.serialization import load_scorer

PICTURES = [toy_image(index, 24, 20) for index in range(60)]


@pytest.fixture(scope="module")
def scorer():
    return toy_scorer()


@pytest.fixture(scope="module")
def predictions(scorer):
    predict = predictor(scorer)
    return np.array([predict(pixels) for pixels in PICTURES])


@pytest.fixture(scope="module")
def mos(predictions):
    spread = np.ptp(predictions)
    noise = np.random.default_rng(0).normal(0, 0.3, 60)
    return 1 + 4 / (
        1 + np.exp(-4 * (predictions - predictions.mean()) / spread + noise)
    )


@pytest.fixture(scope="module")
def calibrated(scorer, predictions, mos):
    return calibration.calibrated(
        scorer, predictions, mos, mos_range=(1.0, 5.0), dataset="somewhere", seed=2
    )


def test_scores_and_intervals_are_those_of_the_numbers(calibrated, predictions, mos):
    numbers = calibrate(predictions, mos, mos_range=(1.0, 5.0), seed=2)
    predict = predictor(calibrated)
    scores = np.array([predict(pixels) for pixels in PICTURES[:6]])
    np.testing.assert_allclose(scores, numbers(predictions[:6]), rtol=1e-4)
    for end, expected in zip(
        calibration.interval(calibrated, scores), numbers.interval(scores), strict=True
    ):
        np.testing.assert_allclose(end, expected)
    assert np.abs(scores - 25 * (mos[:6] - 1)).max() < 40


def test_it_is_a_scorer_after_saving(calibrated, tmp_path):
    calibrated.save(tmp_path / "scorer.keras")
    loaded = load_scorer(tmp_path / "scorer.keras")
    known = metadata(loaded)
    assert known["mos_range"] == [0.0, 100.0]
    assert known["unit"] == "MOS of somewhere, calibrated, 0 to 100"
    assert known["method"] == METADATA["method"]
    assert known["min_side"] == METADATA["min_side"]
    facts = known["calibration"]
    assert (facts["fitted"], facts["conformal"], facts["missing"]) == (30, 30, 0)
    assert (facts["dataset"], facts["level"]) == ("somewhere", 0.9)
    assert loaded.layers[-1].name == "mos"
    pixels = PICTURES[7]
    assert predictor(loaded)(pixels) == predictor(calibrated)(pixels)
    ends = [calibration.interval(one, [40.0]) for one in (loaded, calibrated)]
    assert ends[0] == ends[1]


def test_flat_pictures_still_have_no_score_and_features_stay(calibrated, scorer):
    assert np.isnan(predictor(calibrated)(np.full((20, 20, 3), 7, "uint8")))
    both = [
        keras.Model(one.input, one.get_layer("features").output)
        for one in (scorer, calibrated)
    ]
    pixels = PICTURES[0][None].astype("float32")
    result = [keras.ops.convert_to_numpy(one(pixels)) for one in both]
    np.testing.assert_array_equal(*result)


def test_the_scorer_itself_is_left_as_it_was(scorer, calibrated, predictions):
    assert not calibration.is_calibrated(scorer)
    assert calibration.is_calibrated(calibrated)
    assert predictor(scorer)(PICTURES[3]) == pytest.approx(predictions[3], rel=1e-6)


def test_bad_input(scorer, calibrated, predictions, mos):
    with pytest.raises(ValueError, match=r"not yet calibrated.*'somewhere'"):
        calibration.calibrated(
            calibrated, predictions, mos, mos_range=(1.0, 5.0), dataset="x"
        )
    with pytest.raises(ValueError, match=r"calibrated scorer.*'toy'"):
        calibration.interval(scorer, [1.0])
