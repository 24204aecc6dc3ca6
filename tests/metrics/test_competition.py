"""Tests of the competition of two scorers."""

import numpy as np
import pytest

from tfiqa.metrics.competition import gmad

RANDOM = np.random.default_rng(0)
FIRST = RANDOM.normal(size=65)
SECOND = np.round(RANDOM.normal(size=65), 1)  # With ties.


def test_equals_a_loop_over_all_pairs():
    for levels, bound in [(1, 0.05), (6, 0.2), (7, 0.0), (2, 10.0)]:
        competition = gmad(FIRST, SECOND, levels=levels, bounds=(bound, bound))
        assert competition.bounds == (bound, bound)
        for pairs, defender, attacker in [
            (competition.first_defends, FIRST, SECOND),
            (competition.second_defends, SECOND, FIRST),
        ]:
            order = sorted(range(65), key=lambda row: (defender[row], row))
            sizes = [65 // levels + (k < 65 % levels) for k in range(levels)]
            for level, size in enumerate(sizes):
                members, order = order[:size], order[size:]
                gaps = [
                    attacker[i] - attacker[j]
                    for i in members
                    for j in members
                    if abs(defender[i] - defender[j]) <= bound
                ]
                pair = pairs[level]
                assert pair.level == level
                assert {pair.best, pair.worst} <= set(members)
                assert attacker[pair.best] - attacker[pair.worst] == max(gaps)
                assert pair.attacked == (attacker[pair.best], attacker[pair.worst])
                assert pair.defended == (defender[pair.best], defender[pair.worst])
                assert pair.gap == pytest.approx(max(gaps) / np.std(attacker))
                difference = abs(pair.defended[0] - pair.defended[1])
                assert difference <= bound
                expected = difference / np.std(defender)
                assert pair.defended_gap == pytest.approx(expected)
            assert not order


def test_a_tenth_of_the_deviation_is_equal_by_default():
    competition = gmad(FIRST, SECOND)
    assert competition.bounds == (0.1 * np.std(FIRST), 0.1 * np.std(SECOND))


def test_scorers_that_agree_have_no_gap_beyond_the_bound():
    same = gmad(FIRST, 10 * FIRST + 3)
    gaps = [pair.gap for pair in same.first_defends + same.second_defends]
    assert max(gaps) <= 0.1 + 1e-9


def test_units_do_not_matter():
    plain, scaled = gmad(FIRST, SECOND), gmad(FIRST * 100, SECOND * 7 - 3)
    for pair, other in zip(plain.first_defends, scaled.first_defends, strict=True):
        assert (pair.best, pair.worst) == (other.best, other.worst)
        assert pair.gap == pytest.approx(other.gap)


def test_missing_scores_are_left_out_and_counted():
    first, second = FIRST.copy(), SECOND.copy()
    first[[0, 5]], second[5:8] = np.nan, np.nan
    competition = gmad(first, second)
    assert (competition.scored, competition.missing) == (61, 4)
    kept = np.array([i for i in range(65) if i not in (0, 5, 6, 7)])
    expected = gmad(FIRST[kept], SECOND[kept]).second_defends
    for pair, reference in zip(competition.second_defends, expected, strict=True):
        assert (pair.best, pair.worst) == (kept[reference.best], kept[reference.worst])


def test_a_constant_attacker_finds_nothing():
    assert {pair.gap for pair in gmad(FIRST, np.ones(65)).first_defends} == {0.0}


@pytest.mark.parametrize("bound", [-1.0, np.nan, np.inf])
def test_bounds_are_finite(bound):
    with pytest.raises(ValueError, match=f"Received: a bound of {bound}"):
        gmad(FIRST, SECOND, bounds=(None, bound))


@pytest.mark.parametrize(("n", "levels"), [(11, 6), (65, 0), (0, 1)])
def test_pools_that_are_too_small(n, levels):
    with pytest.raises(ValueError, match=f"{n} scored by both, levels={levels}"):
        gmad(FIRST[:n], SECOND[:n], levels=levels)
