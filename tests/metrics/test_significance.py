"""Tests of significance against loops, tables and worked examples."""

import numpy as np
import pytest
import scipy.stats

from tfiqa.metrics import compare_residuals
from tfiqa.metrics import compare_srocc
from tfiqa.metrics import fit_logistic
from tfiqa.metrics import significance
from tfiqa.metrics import srocc
from tfiqa.metrics import variance_ratio_test

RANDOM = np.random.default_rng(0)
MOS = np.round(RANDOM.uniform(0, 10, 60))
GOOD = MOS + RANDOM.normal(0, 1, 60)
POOR = MOS + RANDOM.normal(0, 6, 60)
TIED = np.round(GOOD)


def test_variance_ratio_worked_by_hand():
    # Variances 1 and 4 of five residuals each: F(4, 4) below 1/4 has the closed form
    # x^2 (3 - 2 x) at x = F / (1 + F) = 1/5, hence 0.104, two-sided 0.208.
    one = np.array([-1, -1, 0, 1, 1.0])
    result = variance_ratio_test(one, 2 * one)
    assert result.ratio == pytest.approx(0.25)
    assert result.p_value == pytest.approx(0.208)
    assert result.verdict == 0
    assert variance_ratio_test(one, 2 * one, level=0.75).verdict == 1
    assert variance_ratio_test(2 * one, one, level=0.75).verdict == -1


def test_variance_ratio_at_a_value_of_the_table():
    # Upper 2.5 % point of F(20, 20) in every table: 2.46.
    random = np.random.default_rng(3)
    residuals = random.normal(size=21)
    residuals /= residuals.std(ddof=1)
    for factor, verdict in [(2.46, 0), (2.47, -1)]:
        result = variance_ratio_test(np.sqrt(factor) * residuals, residuals)
        assert result.p_value == pytest.approx(0.05, abs=1e-3)
        assert result.verdict == verdict, factor


def test_the_assumption_of_normal_residuals_is_checked():
    random = np.random.default_rng(1)
    normal, heavy = random.normal(size=500), random.standard_t(2, 500)
    assert variance_ratio_test(normal, -normal).normal
    assert not variance_ratio_test(normal, heavy).normal


def test_residuals_are_compared_after_a_fit_of_each():
    result = compare_residuals(GOOD, 1000 - 50 * POOR, MOS)
    residuals = [fit_logistic(q, MOS).residuals(q, MOS) for q in (GOOD, POOR)]
    ratio = np.var(residuals[0]) / np.var(residuals[1])
    assert result.ratio == pytest.approx(ratio, rel=1e-4)
    assert result.verdict == 1
    assert compare_residuals(POOR, GOOD, MOS).verdict == -1
    assert compare_residuals(GOOD, 3 * GOOD, MOS).p_value == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("block", [1, 500, 10**7])
@pytest.mark.parametrize("pair", [(GOOD, POOR), (TIED, GOOD)])
def test_paired_bootstrap_equals_a_loop(block, pair, monkeypatch):
    monkeypatch.setattr(significance, "BLOCK", block)
    random = np.random.default_rng(5)
    draws = [random.integers(60, size=60) for _ in range(150)]
    values = [
        scipy.stats.spearmanr(pair[0][draw], MOS[draw]).statistic
        - scipy.stats.spearmanr(pair[1][draw], MOS[draw]).statistic
        for draw in draws
    ]
    tail = min(sum(v <= 0 for v in values), sum(v >= 0 for v in values))

    result = compare_srocc(*pair, MOS, level=0.9, resamples=150, seed=5)

    ends = np.quantile(values, [0.05, 0.95])
    np.testing.assert_allclose((result.low, result.high), ends, rtol=1e-10)
    assert result.value == pytest.approx(srocc(pair[0], MOS) - srocc(pair[1], MOS))
    assert result.p_value == pytest.approx(min(1, 2 * (tail + 1) / 151))
    assert result.verdict == int(ends[0] > 0) - int(ends[1] < 0)


def test_paired_bootstrap_tells_better_from_worse_and_from_equal():
    better = compare_srocc(GOOD, POOR, MOS, resamples=500)
    worse = compare_srocc(POOR, GOOD, MOS, resamples=500)
    assert (better.verdict, worse.verdict) == (1, -1)
    assert (better.low, better.high) == pytest.approx((-worse.high, -worse.low))
    assert better.p_value < 0.01
    same = compare_srocc(GOOD, 2 * GOOD + 1, MOS, resamples=100)
    assert (same.value, same.low, same.high) == (0, 0, 0)
    assert (same.p_value, same.verdict) == (1, 0)


def test_paired_bootstrap_rarely_calls_equals_different():
    # Two methods with independent errors of one size: 10 % by definition.
    called = 0
    for seed in range(100):
        random = np.random.default_rng(seed)
        mos = random.normal(size=80)
        first, second = (mos + random.normal(size=80) for _ in range(2))
        result = compare_srocc(first, second, mos, level=0.9, resamples=200, seed=seed)
        called += result.verdict != 0
    assert 2 <= called <= 22  # 10 expected, its deviation is 3.


def test_undefined_differences_are_nan():
    result = compare_srocc([1, 1, 1, 1], [1, 2, 3, 4], [1, 2, 3, 4], resamples=10)
    assert np.isnan([result.value, result.low, result.high, result.p_value]).all()
    assert result.verdict == 0


def test_bad_input():
    with pytest.raises(ValueError, match=r"3 or more.*\(2,\)"):
        variance_ratio_test([1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match="vary"):
        variance_ratio_test([1, 1, 1], [2, 2, 2])
    with pytest.raises(ValueError, match="level=95"):
        variance_ratio_test([1, 2, 3], [1, 2, 3], level=95)
    with pytest.raises(ValueError, match="resamples=0"):
        compare_srocc(GOOD, POOR, MOS, resamples=0)
    with pytest.raises(ValueError, match="second method: 1 different"):
        compare_residuals(GOOD, np.ones(60), MOS)
    with pytest.raises(ValueError, match=r"`predictions`.*1 of 60"):
        compare_srocc(GOOD, np.where(np.arange(60) == 3, np.nan, POOR), MOS)
