"""Tests of the comparison of scores from anywhere with MOS."""

import numpy as np
import pytest

from tfiqa import metrics
from tfiqa.metrics.comparison import compared

RANDOM = np.random.default_rng(2)
MOS = RANDOM.uniform(1, 5, 80)
SCORES = 40 * MOS**2 + RANDOM.normal(0, 60, 80)
IDS = [f"picture {index}" for index in range(80)]


def test_rmse_of_other_units_is_that_after_the_fit():
    result = compared("toy", IDS, MOS, SCORES, resamples=50)
    fit = metrics.fit_logistic(SCORES, MOS)
    assert result.figures["RMSE"].value > 100
    figure = result.figures["RMSE (logistic)"]
    assert figure.value == pytest.approx(metrics.rmse(fit(SCORES), MOS))
    assert 0.1 < figure.low < figure.value < figure.high < 0.5


def test_intervals_after_the_fit_take_it_as_given():
    result = compared("toy", IDS, MOS, SCORES, resamples=60, seed=3)
    fitted = metrics.fit_logistic(SCORES, MOS)(SCORES)
    expected = metrics.bootstrap_interval(
        metrics.plcc, fitted, MOS, resamples=60, seed=3
    )
    figure = result.figures["PLCC (logistic)"]
    assert (figure.low, figure.high) == pytest.approx(expected)
    assert figure.value > result.figures["PLCC"].value


def test_reversed_scores_are_the_mirror_image():
    plain = compared("toy", IDS, MOS, SCORES, resamples=50).figures
    mirrored = compared("toy", IDS, MOS, -SCORES, resamples=50)
    for name in ("SROCC", "PLCC (logistic)"):
        figure = mirrored.figures[name]
        ends = (-plain[name].value, -plain[name].high, -plain[name].low)
        assert (figure.value, figure.low, figure.high) == pytest.approx(ends, abs=1e-6)
    assert mirrored.hints() == [
        "The correlation is negative: does a lower score mean better quality?"
    ]


def test_a_negative_value_without_an_interval_is_hinted_at_too():
    result = compared("toy", IDS[:2], MOS[:2], -MOS[:2], resamples=50)
    assert np.isnan(result.figures["SROCC"].high)
    assert "does a lower score" in result.hints()[-1]


def test_the_logistic_with_5_parameters_stands_beside():
    result = compared("toy", IDS, MOS, -SCORES, logistics=(4, 5), resamples=50)
    fit = metrics.fit_logistic(-SCORES, MOS, parameters=5)
    plcc = result.figures["PLCC (logistic 5)"]
    assert plcc.value == fit.plcc(-SCORES, MOS) < -0.9
    assert plcc.low <= plcc.value <= plcc.high
    assert result.figures["RMSE (logistic 5)"].value == fit.rmse(-SCORES, MOS)
    assert [one.parameters for one in result.fits] == [4, 5]


def test_missing_scores_are_counted_and_left_out():
    scores = SCORES.copy()
    scores[[4, 9]] = np.nan
    kept = np.flatnonzero(~np.isnan(scores))
    result = compared("toy", IDS, MOS, scores, resamples=50)
    assert result.failures == {"missing": 2}
    assert result.scored == 78
    assert result.figures["SROCC"].value == metrics.srocc(scores[kept], MOS[kept])
    assert "78 scored, 2 not scored (2 missing)" in result.lines()[6]


@pytest.mark.parametrize(
    ("scores", "told"),
    [(np.full(5, 7.0), "1 different"), (np.arange(5.0) // 2, "3 different")],
)
def test_where_no_fit_is_to_be_had_values_are_raw_and_it_is_said(scores, told):
    result = compared("toy", IDS[:5], MOS[:5], scores, resamples=20)
    for name in ("PLCC", "RMSE"):
        raw, fitted = result.figures[name], result.figures[f"{name} (logistic)"]
        assert (raw.value == fitted.value) or np.isnan([raw.value, fitted.value]).all()
    assert f"raw values instead: {told} predictions, 5 are needed" in result.lines()[-1]


def test_bad_input():
    with pytest.raises(ValueError, match=r"'mos': 79"):
        compared("toy", IDS, MOS[:-1], SCORES)
    with pytest.raises(ValueError, match=r"'toy', 80 images.*\['missing'\]"):
        compared("toy", IDS, MOS, np.full(80, np.nan))
