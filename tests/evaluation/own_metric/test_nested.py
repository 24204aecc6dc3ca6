"""Tests of nested cross-validation, learning curves and the choice of next images."""

import numpy as np
import pytest

from tfiqa.evaluation.own_metric.curve import learning_curve
from tfiqa.evaluation.own_metric.curve import power_law
from tfiqa.evaluation.own_metric.family import Family
from tfiqa.evaluation.own_metric.nested import nested
from tfiqa.evaluation.own_metric.nested import parts_of
from tfiqa.evaluation.own_metric.next_images import chosen_next
from tfiqa.evaluation.own_metric.next_images import disagreement

RNG = np.random.default_rng(0)
CONTENTS = np.repeat(np.array([f"c{index:02d}" for index in range(20)]), 3)
MOS = RNG.normal(0, 1, 60)


class Spy(Family):
    """Predicts the MOS with noise of a deviation for each setting."""

    def __init__(self, name, noises):
        self.name, self.noises = name, noises
        self.settings = [{"noise": noise} for noise in noises]
        self.seen = []

    def predictions(self, known, mos, unseen, seed):
        np.testing.assert_array_equal(mos, MOS[known])
        assert not set(CONTENTS[known]) & set(CONTENTS[unseen])
        self.seen.append(len(known))
        rng = np.random.default_rng(len(known))
        return np.array(
            [MOS[unseen] + rng.normal(0, n, len(unseen)) for n in self.noises]
        )

    def scorer(self, mos, setting, metadata, seed):
        raise NotImplementedError


def test_parts_are_of_contents_and_of_equal_size():
    parts = parts_of(CONTENTS, 5, 0)
    assert np.bincount(parts).tolist() == [12] * 5
    assert all(len(set(parts[one == CONTENTS])) == 1 for one in CONTENTS)
    assert parts_of(CONTENTS[:6], 5, 0).max() == 1
    with pytest.raises(ValueError, match=r"2 contents.*3 images of 1"):
        parts_of(CONTENTS[:3], 5, 0)


def test_the_better_family_and_setting_are_chosen_inside():
    good, poor = Spy("good", (9.0, 0.1)), Spy("poor", (5.0,))
    done = []
    result = nested([poor, good], MOS, CONTENTS, folds=5, seed=0, progress=done.append)
    assert done == [1, 2, 3, 4, 5]
    assert result.choices == ("good",) * 5
    np.testing.assert_array_equal(result.chosen, result.predictions[1])
    assert np.corrcoef(result.chosen, MOS)[0, 1] > 0.98
    assert abs(np.corrcoef(result.predictions[0], MOS)[0, 1]) < 0.5
    # Inner parts see two thirds of what the outer ones see, or nearly so.
    assert set(good.seen) <= {48, 30, 33}


def test_chance_is_not_chosen_into_an_agreement():
    """With 40 settings that know nothing, only a nested figure stays near zero."""

    class Chance(Spy):
        def predictions(self, known, mos, unseen, seed):
            rng = np.random.default_rng(len(unseen))
            return rng.normal(0, 1, (len(self.settings), len(unseen)))

    result = nested([Chance("chance", (0,) * 40)], MOS, CONTENTS, folds=5, seed=0)
    assert abs(np.corrcoef(result.chosen, MOS)[0, 1]) < 0.35


def test_a_power_law_is_recovered():
    counts = np.array([25, 50, 100, 200])
    a, b = power_law(counts, 1 - 0.8 * counts**-0.3)
    assert (a, b) == pytest.approx((0.8, 0.3))
    assert power_law([10, 20], [0.6, 0.5]) is None
    assert power_law([10], [0.6]) is None
    assert power_law([10, 20], [0.9, 1.0]) is None


def test_a_learning_curve_rises_and_estimates_a_gain():
    class Learner(Spy):
        def predictions(self, known, mos, unseen, seed):
            rng = np.random.default_rng(unseen[0])
            noise = rng.normal(0, 6 / np.sqrt(len(known)), len(unseen))
            return (MOS[unseen] + noise)[None]

    curve = learning_curve(Learner("l", (0,)), 0, MOS, CONTENTS, folds=5, seed=0)
    assert curve.counts == (12, 19, 30, 48)
    assert curve.sroccs[0] < curve.sroccs[-1]
    a, b = curve.law
    assert curve.gain(60, 200) == pytest.approx(a * 60**-b - a * 260**-b)
    assert 0 < curve.gain(60, 50) < curve.gain(60, 200) < 1


def test_next_images_are_uncertain_and_unlike_one_another():
    table = np.array([[0.0, 0], [1, 1], [0, 1], [5, 5], [5, 5.01], [-4, 5], [0, 0.1]])
    uncertainty = np.array([1.0, 0.9, 0.5, 9.0])
    assert chosen_next(table, 3, uncertainty, 2).tolist() == [0, 2]
    order = chosen_next(table[[0, 1, 2, 3, 4, 5, 6]], 3, np.ones(4), 4)
    # The twin of the first choice comes after the image that differs from it.
    assert order.tolist().index(2) < max(
        order.tolist().index(0), order.tolist().index(1)
    )
    assert sorted(order) == [0, 1, 2, 3]
    assert chosen_next(table, 3, uncertainty, 0).size == 0


def test_disagreement_is_the_deviation_among_models():
    class Constant(Spy):
        def predictions(self, known, mos, unseen, seed):
            return np.full((1, len(unseen)), self.noises[0])

    families = [Constant("a", (1.0,)), Constant("b", (3.0,))]
    unseen = np.arange(60, 64)
    values = disagreement(families, [0, 0], MOS, CONTENTS, unseen, folds=5, seed=0)
    np.testing.assert_allclose(values, 1.0)
