"""Tests of partial least squares, against scikit-learn's iterations."""

import warnings

import numpy as np
import pytest
from sklearn.cross_decomposition import PLSRegression

from tfiqa.regression import pls


def scored(count, length, seed=0):
    random = np.random.default_rng(seed)
    features = random.normal(size=(count, 4)) @ random.normal(size=(4, length))
    features += 0.3 * random.normal(size=(count, length)) + 5.0
    noise = random.normal(size=count)
    return features, 50 + features[:, 0] - 2 * features[:, 1] + noise


@pytest.mark.parametrize("components", [1, 2, 5, 10])
@pytest.mark.parametrize("standardized", [True, False])
@pytest.mark.parametrize("shape", [(60, 12), (30, 200)])
def test_is_scikit_learns(shape, components, standardized):
    features, targets = scored(*shape)
    unseen, _ = scored(*shape, seed=1)
    result = pls.fit_pls(features, targets, components, standardized=standardized)
    reference = PLSRegression(components, scale=standardized, max_iter=2000)
    expected = reference.fit(features, targets).predict(unseen).ravel()
    np.testing.assert_allclose(result(unseen), expected, rtol=1e-7)


def test_all_components_are_least_squares():
    features, targets = scored(40, 6)
    result = pls.fit_pls(features, targets, 6, standardized=False)
    design = np.column_stack([features, np.ones(40)])
    expected = np.linalg.lstsq(design, targets, rcond=None)[0]
    np.testing.assert_allclose(result.weights, expected[:-1], rtol=1e-6)
    assert result.bias == pytest.approx(expected[-1], rel=1e-6)


@pytest.mark.parametrize("standardized", [True, False])
def test_more_components_than_the_features_have_do_no_harm(standardized):
    features, targets = scored(12, 3)
    features = np.column_stack([features, features, np.full(12, 7.0)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = pls.fit_pls(features, targets, 10, standardized=standardized)
    expected = pls.fit_pls(features[:, :3], targets, 3, standardized=standardized)
    np.testing.assert_allclose(result(features), expected(features[:, :3]), rtol=1e-6)
    assert result.weights[-1] == 0


def test_constant_targets_give_their_value():
    features, _ = scored(10, 5)
    result = pls.fit_pls(features, np.full(10, 3.0), 4, standardized=False)
    np.testing.assert_array_equal(result(features), 3.0)
