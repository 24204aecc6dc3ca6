"""Tests of the competition of two scorers."""

import numpy as np
import pytest

from tfiqa.metrics.competition import gmad

RANDOM = np.random.default_rng(0)
FIRST = RANDOM.normal(size=65)
SECOND = np.round(RANDOM.normal(size=65), 1)  # With ties.


def test_equals_a_loop_over_levels():
    for levels in (1, 6, 7):
        found = gmad(FIRST, SECOND, levels=levels)
        for pairs, defender, attacker in [
            (found.first_defends, FIRST, SECOND),
            (found.second_defends, SECOND, FIRST),
        ]:
            order = sorted(range(65), key=lambda row: (defender[row], row))
            sizes = [65 // levels + (k < 65 % levels) for k in range(levels)]
            for level, size in enumerate(sizes):
                members, order = order[:size], order[size:]
                gaps = [attacker[i] - attacker[j] for i in members for j in members]
                pair = pairs[level]
                assert pair.level == level
                assert {pair.best, pair.worst} <= set(members)
                assert attacker[pair.best] - attacker[pair.worst] == max(gaps)
                assert pair.attacked == (attacker[pair.best], attacker[pair.worst])
                assert pair.defended == (defender[pair.best], defender[pair.worst])
                assert pair.gap == pytest.approx(max(gaps) / np.std(attacker))
            assert not order


def test_who_agrees_finds_no_mistake():
    same = gmad(FIRST, 10 * FIRST + 3)
    other = gmad(FIRST, SECOND)
    largest = max(pair.gap for pair in same.first_defends[1:-1])
    assert largest < min(pair.gap for pair in other.first_defends)


def test_units_do_not_matter():
    plain, scaled = gmad(FIRST, SECOND), gmad(FIRST * 100, SECOND * 7 - 3)
    for one, other in zip(plain.first_defends, scaled.first_defends, strict=True):
        assert (one.best, one.worst) == (other.best, other.worst)
        assert one.gap == pytest.approx(other.gap)


def test_missing_scores_are_left_out_and_counted():
    first, second = FIRST.copy(), SECOND.copy()
    first[[0, 5]], second[5:8] = np.nan, np.nan
    found = gmad(first, second)
    assert (found.scored, found.missing) == (61, 4)
    kept = np.array([i for i in range(65) if i not in (0, 5, 6, 7)])
    expected = gmad(FIRST[kept], SECOND[kept]).second_defends
    for pair, one in zip(found.second_defends, expected, strict=True):
        assert (pair.best, pair.worst) == (kept[one.best], kept[one.worst])


def test_a_constant_attacker_finds_nothing():
    assert {pair.gap for pair in gmad(FIRST, np.ones(65)).first_defends} == {0.0}


@pytest.mark.parametrize(("n", "levels"), [(11, 6), (65, 0), (0, 1)])
def test_pools_that_are_too_small(n, levels):
    with pytest.raises(ValueError, match=f"{n} scored by both, levels={levels}"):
        gmad(FIRST[:n], SECOND[:n], levels=levels)
