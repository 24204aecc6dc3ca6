"""Tests of linear support vector regression."""

import numpy as np
import pytest
from sklearn.svm import NuSVR

from tfiqa import metrics
from tfiqa.regression import linear_svr
from tfiqa.regression import support_vectors
from tfiqa.regression.linear_svr import LinearSVRSettings


def scored(seed, count=40, length=100):
    random = np.random.default_rng(seed)
    features = random.uniform(-2, 4, (count, length))
    features[:, 7] = 3.0
    return features, 50 + 10 * features[:, 0] - 5 * features[:, 1]


def test_nu_is_scikit_learns_on_scaled_features():
    features, targets = scored(0)
    unseen, _ = scored(1)
    result = linear_svr.fit(features, targets, LinearSVRSettings(), cost=2.0)
    scaling = support_vectors.fit_scaling(features)
    machine = NuSVR(kernel="linear", C=2.0, nu=0.5, tol=1e-6)
    expected = machine.fit(scaling(features), targets).predict(scaling(unseen))
    np.testing.assert_allclose(result(unseen), expected, atol=0.05)


def test_few_features_need_no_inner_products_of_all_images():
    features, targets = scored(0, count=60, length=8)
    result = linear_svr.fit(features, targets, LinearSVRSettings(), cost=0.5)
    rows = support_vectors.fit_scaling(features)(features)
    machine = NuSVR(kernel="linear", C=0.5, nu=0.5).fit(rows, targets)
    np.testing.assert_allclose(result(features), machine.predict(rows), atol=0.05)


def test_squared_without_tolerance_is_a_ridge():
    features, targets = scored(2)
    settings = LinearSVRSettings(kind="squared", epsilon=0.0, scaled=False)
    result = linear_svr.fit(features, targets, settings, cost=0.01)
    # The least of |w|^2 / 2 + C |X w - y|^2, with centered targets.
    gram = features.T @ features + np.eye(100) / (2 * 0.01)
    expected = np.linalg.solve(gram, features.T @ (targets - targets.mean()))
    np.testing.assert_allclose(result.weights, expected, atol=1e-2)
    assert result.bias == pytest.approx(targets.mean())


def test_the_cost_is_chosen_on_validation():
    train, validation = scored(3), scored(4)
    settings = LinearSVRSettings(costs=(1e-6, 1.0))
    linear, figures = linear_svr.choose_and_fit(train, validation, settings)
    assert figures["cost"] == 1.0
    unseen, targets = scored(5)
    assert metrics.srocc(linear(unseen), targets) > 0.4
    assert linear.weights[7] == 0  # It was constant.


@pytest.mark.parametrize(
    "wrong", [{"kind": "epsilon"}, {"costs": ()}, {"nu": 0.0}, {"span": -1.0}]
)
def test_wrong_settings_are_named(wrong):
    ((name, _),) = wrong.items()
    with pytest.raises(ValueError, match=f"`{name}`"):
        LinearSVRSettings(**wrong)
