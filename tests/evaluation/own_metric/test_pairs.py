"""Tests of metrics from pairs."""

import numpy as np
import pytest

from tests.evaluation.own_metric.test_families import descriptor
from tests.support.toy_scorer import toy_image
from tfiqa.evaluation.own_metric import pairs as pair_metric
from tfiqa.scoring.scorer import metadata
from tfiqa.scoring.scorer import predictor
from tfiqa.scoring.scorer import reader

RNG = np.random.default_rng(0)
TABLE = RNG.normal(0, 1, (30, 5))
QUALITY = TABLE @ [2.0, 1.0, 0.0, 0.0, -1.0]


def drawn(count, wrong=0.0):
    rows = np.array([RNG.choice(30, 2, replace=False) for _ in range(count)])
    is_right = QUALITY[rows[:, 0]] > QUALITY[rows[:, 1]]
    flipped = is_right ^ (RNG.uniform(size=count) < wrong)
    return np.where(flipped[:, None], rows, rows[:, ::-1])


def test_pairs_with_unseen_images_are_predicted():
    pairs = drawn(150)
    result = pair_metric.measured_pairs("x", TABLE, pairs, folds=5, seed=0)
    assert result.right > 0.9
    assert result.loss < 0.3
    low, high = result.interval
    assert low < result.right < high
    # A pair counts once, though two parts may hold one of its images each.
    assert len(result.differences) == len(pairs)


def test_pairs_at_random_are_not_predicted():
    result = pair_metric.measured_pairs("x", TABLE, drawn(150, 0.5), folds=5, seed=0)
    assert 0.35 < result.right < 0.65
    assert result.loss == pytest.approx(np.log(2), abs=0.1)
    assert result.alpha >= 100


def test_too_few_pairs_are_refused():
    with pytest.raises(ValueError, match="at least 4 images"):
        pair_metric.measured_pairs("x", TABLE[:2], np.array([[0, 1]]), folds=5, seed=0)


def test_the_scorer_orders_the_images():
    images = [toy_image(seed) for seed in range(10)]
    read = reader(descriptor())
    table = np.stack([read(image) for image in images])
    pairs = np.array([[row + 1, row] for row in range(9)])
    facts = {"method": "own_ridge", "dataset": "toy", "min_side": 16, "version": "0"}
    scorer = pair_metric.pair_scorer(table, pairs, 0.1, descriptor, facts, "ridge")
    scores = np.array([predictor(scorer)(image) for image in images])
    assert (np.diff(scores) > 0).all()
    np.testing.assert_allclose(
        metadata(scorer)["mos_range"], [scores.min(), scores.max()], atol=1e-3
    )


def test_a_wilson_interval_is_that_of_the_book():
    assert pair_metric.wilson(0.5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    low, high = pair_metric.wilson(1.0, 20)
    assert (low, high) == pytest.approx((0.8389, 1.0), abs=1e-4)
