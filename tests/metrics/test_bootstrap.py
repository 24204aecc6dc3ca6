"""Tests of the bootstrap intervals."""

import numpy as np
import pytest
import scipy.stats

from tfiqa.metrics import bootstrap
from tfiqa.metrics import bootstrap_interval
from tfiqa.metrics import krocc
from tfiqa.metrics import plcc
from tfiqa.metrics import rmse
from tfiqa.metrics import srocc
from tfiqa.metrics.resampled import krocc_of_draws

RANDOM = np.random.default_rng(0)
MOS = np.round(RANDOM.uniform(0, 10, 40))
PREDICTIONS = MOS + RANDOM.normal(0, 2, 40)


@pytest.mark.parametrize("metric", [srocc, plcc, krocc, rmse])
@pytest.mark.parametrize("block", [1, 500, 10**6])
def test_equals_a_loop_over_resamples(metric, block, monkeypatch):
    monkeypatch.setattr(bootstrap, "BLOCK", block)
    random = np.random.default_rng(5)
    draws = [random.integers(40, size=40) for _ in range(200)]
    values = [metric(PREDICTIONS[draw], MOS[draw]) for draw in draws]
    expected = np.quantile(values, [0.05, 0.95])

    interval = bootstrap_interval(
        metric, PREDICTIONS, MOS, level=0.9, resamples=200, seed=5
    )

    np.testing.assert_allclose(interval, expected, rtol=1e-12)


@pytest.mark.parametrize("decimals", [0, 1, 6])  # 0: most values tie.
def test_kendall_of_resamples_equals_scipy(decimals):
    random = np.random.default_rng(decimals)
    mos, predictions = np.round(random.normal(size=(2, 70)), decimals)
    draws = random.integers(70, size=(30, 70))
    taus = [
        scipy.stats.kendalltau(predictions[one], mos[one]).statistic for one in draws
    ]
    np.testing.assert_allclose(
        krocc_of_draws(draws, predictions, mos), taus, rtol=1e-12
    )
    assert np.isnan(krocc_of_draws(draws[:, :1] * 0, mos[:1], mos[:1])).all()


def test_takes_any_metric():
    def bias(predictions, mos):
        return float(np.mean(predictions) - np.mean(mos))

    low, high = bootstrap_interval(bias, MOS + 3.0, MOS, resamples=50)

    assert (low, high) == pytest.approx((3.0, 3.0))


def test_covers_the_truth_about_as_often_as_it_says():
    # Bivariate normal: the true correlation is 0.8.
    random = np.random.default_rng(1)
    hits = 0
    for trial in range(200):
        x = random.normal(size=100)
        y = 0.8 * x + 0.6 * random.normal(size=100)
        low, high = bootstrap_interval(plcc, x, y, level=0.8, resamples=300, seed=trial)
        hits += low <= 0.8 <= high

    assert 140 <= hits <= 180  # 160 expected, its deviation is 5.7.


def test_undefined_in_some_resamples_is_undefined():
    # With three pictures one draw in nine holds the same picture three times.
    assert np.isnan(bootstrap_interval(srocc, [1, 2, 3], [1, 2, 3])).all()


@pytest.mark.parametrize("level", [0, 1, 95])
def test_level_is_checked(level):
    with pytest.raises(ValueError, match=f"level={level}"):
        bootstrap_interval(srocc, MOS, MOS, level=level)


def test_resamples_are_checked():
    with pytest.raises(ValueError, match="resamples=0"):
        bootstrap_interval(srocc, MOS, MOS, resamples=0)
