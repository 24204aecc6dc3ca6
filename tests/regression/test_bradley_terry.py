"""Tests of the regression on pairs."""

import numpy as np
import pytest
from scipy import optimize

from tfiqa.regression.bradley_terry import fit_all
from tfiqa.regression.bradley_terry import fit_bradley_terry
from tfiqa.regression.bradley_terry import log_loss

RNG = np.random.default_rng(0)
FEATURES = RNG.normal(3, 2, (20, 4))
QUALITY = FEATURES @ [1.0, -0.5, 0.0, 0.2]
ROWS = np.array([RNG.choice(20, 2, replace=False) for _ in range(60)])
# One in three says the opposite.
RIGHT = QUALITY[ROWS[:, 0]] > QUALITY[ROWS[:, 1]]
PAIRS = np.where((RIGHT ^ (np.arange(60) % 3 == 0))[:, None], ROWS, ROWS[:, ::-1])


@pytest.mark.parametrize("alpha", [0.01, 1.0, 100.0])
def test_it_is_the_maximum_of_the_penalized_likelihood(alpha):
    standard = (FEATURES - FEATURES.mean(0)) / FEATURES.std(0)

    def cost(weights):
        differences = (standard[PAIRS[:, 0]] - standard[PAIRS[:, 1]]) @ weights
        return -np.log(1 / (1 + np.exp(-differences))).sum() + alpha / 2 * sum(
            weights**2
        )

    expected = optimize.minimize(cost, np.zeros(4), method="BFGS").x
    linear = fit_bradley_terry(FEATURES, PAIRS, alpha)
    np.testing.assert_allclose(linear.weights * FEATURES.std(0), expected, atol=1e-5)
    assert linear(FEATURES).mean() == pytest.approx(0, abs=1e-9)


def test_more_features_than_images_and_separable_pairs():
    features = RNG.normal(0, 1, (6, 50))
    pairs = np.array([[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]])
    for linear in fit_all(features, pairs, (1e-6, 1e-2, 10.0)):
        assert np.isfinite(linear.weights).all()
        assert (np.diff(linear(features)) < 0).all()


def test_contradicting_pairs_cancel():
    pairs = np.concatenate([ROWS, ROWS[:, ::-1]])
    weights = fit_bradley_terry(FEATURES, pairs, 1.0).weights
    np.testing.assert_allclose(weights, 0, atol=1e-12)


def test_the_loss_of_a_coin_is_log_two():
    assert log_loss(np.zeros(3)) == pytest.approx(np.log(2))
    assert log_loss(np.array([900.0, -900.0])) == pytest.approx(450)


def test_no_pairs_are_refused():
    with pytest.raises(ValueError, match="one pair"):
        fit_bradley_terry(FEATURES, np.zeros((0, 2), int), 1.0)
