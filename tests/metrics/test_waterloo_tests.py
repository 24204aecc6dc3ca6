"""Tests of the D-, L- and P-test against loops and worked examples."""

import itertools

import numpy as np
import pytest
import scipy.stats

from tfiqa.metrics import pairwise
from tfiqa.metrics.discriminability import d_test
from tfiqa.metrics.listwise import l_test
from tfiqa.metrics.pairwise import on_material
from tfiqa.metrics.pairwise import p_test

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("decimals", [0, 3])  # 0: many ties.
def test_d_equals_a_loop_over_thresholds(decimals):
    good = np.round(RANDOM.normal(1.5, 1, 30), decimals)
    bad = np.round(RANDOM.normal(0, 1, 50), decimals)
    shares = {
        t: (np.mean(good > t) + np.mean(bad <= t)) / 2
        for t in np.concatenate([good, bad])
    }
    result = d_test(good, bad.reshape(10, 5))
    assert result.value == pytest.approx(max(shares.values()))
    at = (np.mean(good > result.threshold) + np.mean(bad < result.threshold)) / 2
    assert at == pytest.approx(result.value)


def test_d_worked_by_hand():
    result = d_test([5, 6, 3], [1, 2, 4, 5.5])
    # Between 2 and 3: 3/3 and 2/4. Between 4 and 5 it is 2/3 and 3/4, which is less.
    assert result.value == 0.75
    assert result.threshold == 2.5
    assert (result.pristine, result.distorted, result.missing) == (3, 4, 0)
    assert d_test([3, 4], [1, 2]).value == 1
    assert d_test([1, 2], [3, 4]).value == 0.5  # Never below chance.
    assert d_test([1, 1], [1, 1]).value == 0.5


def test_d_counts_what_is_missing():
    result = d_test([3, np.nan], [[1, 2], [np.nan, np.nan]])
    assert (result.value, result.missing) == (1, 3)
    with pytest.raises(ValueError, match="1 and 0"):
        d_test([3], [np.nan])


def test_l_equals_a_loop_over_lists():
    scores = np.round(RANDOM.normal(size=(7, 3, 5)) - np.arange(5), 0)
    result = l_test(scores, ["a", "b", "c"])
    for lists, value in [
        (scores.reshape(-1, 5), result.value),
        (scores[:, 1], result.by_type["b"]),
    ]:
        loop = [scipy.stats.spearmanr(-np.arange(5), one).statistic for one in lists]
        assert value == pytest.approx(np.mean(loop))
    taus = [
        scipy.stats.kendalltau(-np.arange(5), one).statistic
        for one in scores.reshape(-1, 5)
    ]
    assert result.kendall == pytest.approx(np.mean(taus))
    assert (result.lists, result.missing) == (21, 0)


def test_l_worked_by_hand():
    falls, rises = [5, 4, 3, 2, 1], [1, 2, 3, 4, 5]
    assert l_test([[falls]], ["x"]).value == 1
    assert l_test([[rises]], ["x"]).kendall == -1
    swapped = l_test([[[4, 5, 3, 2, 1]]], ["x"])
    assert (swapped.value, swapped.kendall) == pytest.approx((0.9, 0.8))
    # A list of equal scores counts as 0, one with a missing score is left out.
    mixed = l_test([[falls, [2] * 5], [[np.nan, 4, 3, 2, 1], falls]], ["x", "y"])
    assert mixed.value == mixed.kendall == pytest.approx(2 / 3)
    assert (mixed.lists, mixed.missing) == (3, 1)
    assert mixed.by_type == {"x": 1, "y": 0.5}
    assert mixed.missing_by_type == {"x": 1, "y": 0}


def test_l_checks_shapes():
    with pytest.raises(ValueError, match=r"scores.shape=\(2, 3, 5\)"):
        l_test(np.zeros((2, 3, 5)), ["x"])
    with pytest.raises(ValueError, match="none"):
        l_test(np.full((1, 1, 5), np.nan), ["x"])


@pytest.mark.parametrize("block", [1, 100, 10**6])
def test_p_equals_a_loop_over_pairs(block, monkeypatch):
    monkeypatch.setattr(pairwise, "BLOCK", block)
    qualities = np.round(RANDOM.uniform(0, 100, (2, 40)), -1)
    scores = np.round(qualities[0] / 20 + RANDOM.normal(0, 2, 40))
    pairs = right = 0
    for i, j in itertools.permutations(range(40), 2):
        if all(q[i] - q[j] > 40 for q in qualities):
            pairs += 1
            right += scores[i] > scores[j]
    result = p_test(scores, list(qualities))
    assert result.pairs == pairs > 10
    assert result.value == right / pairs < 1


def test_p_worked_by_hand():
    # 100 and 50 beat 0, 100 beats 50; 60 and 100 are no clear pair.
    result = p_test([4, 1, 2, 3], [[100, 50, 0, 60]])
    assert (result.pairs, result.value) == (4, 3 / 4)
    # Measures that contradict each other leave no pair but one.
    assert p_test([1, 2], [[100, 0], [90, 10]]).value == 0
    with pytest.raises(ValueError, match="none among 2"):
        p_test([1, 2], [[100, 0], [10, 90]])
    assert p_test([2, 2], [[100, 0]]).value == 0  # Equal scores order nothing.


def test_p_counts_what_is_missing():
    result = p_test([np.nan, 3, 1], [[100, 80, 0]])
    assert (result.pairs, result.scored, result.missing) == (1, 2, 1)


def test_mapping_on_the_material():
    assert on_material([1.0, 0.6, 0.2], perfect=1.0).tolist() == [100, 50, 0]
    assert on_material([0.0, 0.1, 0.4], perfect=0.0).tolist() == [100, 75, 0]
    for values in ([0.5, 1.5], [1.0, 1.0], [np.nan, 0.4]):
        with pytest.raises(ValueError, match="one side of 1"):
            on_material(values, perfect=1.0)
