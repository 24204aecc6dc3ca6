"""Tests of the regressions."""

import numpy as np
import pytest
from sklearn.linear_model import ElasticNet
from sklearn.linear_model import Ridge

from tfiqa import metrics
from tfiqa import regression

RNG = np.random.default_rng(0)
ALPHAS = (1e-3, 1e-1, 1e1, 1e3)


def linear(rows, columns, seed=0):
    """Features, and a MOS that follows the first ones."""
    rng = np.random.default_rng(seed)
    features = rng.normal(3, 2, (rows, columns))
    mos = 5 * features[:, 0] - 2 * features[:, 1] + rng.normal(0, 4, rows)
    return features.astype("float32"), mos.astype("float32")


@pytest.mark.parametrize("shape", [(40, 5), (20, 60), (40, 2), (40, 3), (2, 60)])
def test_all_alphas_at_once_are_scikit_learns(shape):
    features, mos = linear(*shape)
    unseen, _ = linear(15, shape[1], seed=1)
    result = regression.predictions_of_all(
        features, mos, unseen, ALPHAS, standardized=False
    )
    for alpha, predictions in zip(ALPHAS, result, strict=True):
        model = Ridge(alpha).fit(features.astype("float64"), mos)
        np.testing.assert_allclose(predictions, model.predict(unseen), rtol=1e-4)


@pytest.mark.parametrize("standardized", [False, True])
@pytest.mark.parametrize("shape", [(40, 5), (20, 60)])
def test_one_alpha_is_what_all_at_once_say(shape, standardized):
    features, mos = linear(*shape)
    unseen, _ = linear(15, shape[1], seed=1)
    options = {"standardized": standardized}
    result = regression.predictions_of_all(features, mos, unseen, ALPHAS, **options)
    for alpha, predictions in zip(ALPHAS, result, strict=True):
        ridge = regression.fit_ridge(features, mos, alpha, **options)
        np.testing.assert_allclose(predictions, ridge(unseen), rtol=1e-4)


def test_standardized_ridge_is_that_of_the_normal_equations():
    features, mos = linear(40, 5)
    unseen, _ = linear(20, 5, seed=1)
    standard = (features - features.mean(0)) / features.std(0)
    gram = standard.T @ standard + 10.0 * np.eye(5)
    weights = np.linalg.solve(gram, standard.T @ (mos - mos.mean()))
    expected = (unseen - features.mean(0)) / features.std(0) @ weights + mos.mean()
    ridge = regression.fit_ridge(features, mos, 10.0, standardized=True)
    np.testing.assert_allclose(ridge(unseen), expected, rtol=1e-4)


def test_alpha_is_chosen_on_validation():
    features, unseen = RNG.normal(size=(30, 25)), RNG.normal(size=(200, 25))
    mos, unseen_mos = (x[:, 0] + RNG.normal(size=len(x)) for x in (features, unseen))
    alphas = (1e-3, 1e1, 1e2, 1e9)
    sroccs = {}
    for alpha in alphas:
        ridge = regression.fit_ridge(features, mos, alpha, standardized=True)
        sroccs[alpha] = metrics.srocc(ridge(unseen), unseen_mos)
    result = regression.choose_alpha(
        *(features, mos, unseen, unseen_mos, alphas), standardized=True
    )
    best = max(sroccs, key=sroccs.get)
    assert result[0] == best
    assert result[1] == pytest.approx(sroccs[best])
    assert best != alphas[0]


def test_constant_features_do_no_harm():
    features = np.column_stack([RNG.normal(size=20), np.full(20, 7.0)])
    ridge = regression.fit_ridge(features, features[:, 0], 1.0, standardized=True)
    assert np.isfinite(ridge.weights).all()
    assert metrics.srocc(ridge(features), features[:, 0]) == pytest.approx(1.0)


def test_constant_validation_scores_choose_some_alpha():
    features, mos = linear(20, 3)
    result = regression.choose_alpha(
        *(features, mos, features[:4], np.ones(4), ALPHAS), standardized=False
    )
    assert result[0] in ALPHAS


def test_repeats_separate_contents_and_report_medians():
    """A feature that only names the content is of no use on other contents."""
    contents = np.repeat([f"scene {index}" for index in range(30)], 4)
    rng = np.random.default_rng(1)
    mos = np.repeat(rng.normal(size=30), 4) + 0.01 * rng.normal(size=120)
    names = np.repeat(np.eye(30), 4, axis=0)
    options = {"alphas": (1e-2, 1.0), "standardized": False}
    blind = regression.repeated(names, mos, contents, repeats=10, **options)
    leaking = regression.repeated(
        names, mos, np.arange(120).astype(str), repeats=10, **options
    )
    assert np.nanmedian(leaking.srocc) > 0.9
    assert np.median(np.nan_to_num(blind.srocc)) < 0.3
    assert blind.curves.shape == (10, 2)


def test_repeats_of_good_features():
    features, mos = linear(200, 6)
    result = regression.repeated(
        *(features, mos, np.arange(200).astype(str)),
        alphas=(*ALPHAS, 1e7),
        repeats=5,
        standardized=False,
    )
    summary = result.summary()
    assert summary["repeats"] == 5
    assert summary["srocc_median"] == np.median(result.srocc)
    assert summary["srocc_median"] > 0.85
    assert len(set(result.srocc)) == 5
    medians = np.median(result.curves, axis=0)
    assert medians[result.alphas.index(result.alpha)] == medians.max()


@pytest.mark.parametrize("shape", [(60, 5), (30, 40)])
def test_elastic_nets_are_scikit_learns(shape):
    features, mos = linear(*shape)
    unseen, _ = linear(15, shape[1], seed=1)
    alphas = (0.5, 5.0, 0.1)
    options = {"l1_ratio": 0.7, "standardized": False}
    result = regression.predictions_on_path(features, mos, unseen, alphas, **options)
    for alpha, predictions in zip(alphas, result, strict=True):
        model = ElasticNet(alpha, l1_ratio=0.7, max_iter=10_000, tol=1e-7)
        expected = model.fit(features.astype("float64"), mos).predict(unseen)
        np.testing.assert_allclose(predictions, expected, atol=0.2)
        net = regression.fit(features, mos, alpha, **options)
        np.testing.assert_allclose(net(unseen), expected, atol=0.2)
    assert np.count_nonzero(net.weights) <= shape[1]


def test_elastic_nets_leave_out_what_a_ridge_keeps():
    features, mos = linear(60, 40)
    options = {"standardized": True}
    net = regression.fit(features, mos, 1.0, l1_ratio=0.9, **options)
    ridge = regression.fit(features, mos, 1.0, **options)
    assert np.count_nonzero(ridge.weights) == 40
    assert 2 <= np.count_nonzero(net.weights) < 20
    rows = features.astype("float64")
    expected = rows @ net.weights + net.bias
    np.testing.assert_allclose(net(features), expected)


def test_repeats_of_elastic_nets():
    features, mos = linear(120, 6)
    result = regression.repeated(
        *(features, mos, np.arange(120).astype(str)),
        alphas=(1e-2, 1e-1, 1e4),
        repeats=3,
        standardized=False,
        l1_ratio=0.5,
    )
    assert result.alpha < 1e4
    assert result.summary()["srocc_median"] > 0.85
