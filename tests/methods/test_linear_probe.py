"""Tests of the linear probe."""

import dataclasses

import keras
import numpy as np
import pytest

from tests.toy_scorer import picture
from tfiqa import backbones
from tfiqa import metrics
from tfiqa.config import override
from tfiqa.methods import linear_probe

SMALL = override(linear_probe.Config(), {**linear_probe.QUICK, "tile_size": 64})


def described(config, image):
    keras.utils.set_random_seed(0)
    descriptor = linear_probe.build_descriptor(config)
    return keras.ops.convert_to_numpy(descriptor(image[None].astype("float32")))[0]


def test_features_are_means_and_deviations_of_the_stages():
    image = picture(8, 64, 64)
    features = described(dataclasses.replace(SMALL, scales=1), image)
    keras.utils.set_random_seed(0)
    backbone = backbones.build_backbone("resnet10_slim", None)
    expected = []
    for stage in backbone(image[None].astype("float32"), training=False):
        values = keras.ops.convert_to_numpy(stage)[0].reshape(-1, stage.shape[-1])
        expected += [values.mean(axis=0), values.std(axis=0)]
    np.testing.assert_allclose(features, np.concatenate(expected), atol=1e-4)


@pytest.mark.parametrize(
    ("overrides", "length"),
    [
        ({}, 2 * 2 * (64 + 64 + 128 + 256)),
        ({"scales": 1}, 2 * (64 + 64 + 128 + 256)),
        ({"stages": "last", "statistics": "mean", "scales": 1}, 256),
    ],
)
def test_length_of_the_features(overrides, length):
    config = dataclasses.replace(SMALL, **overrides)
    assert described(config, picture(3, 64, 64)).shape == (length,)


def test_ridge_is_that_of_the_normal_equations():
    rng = np.random.default_rng(0)
    features, unseen = rng.normal(3, 2, (40, 5)), rng.normal(3, 2, (20, 5))
    mos = features @ np.array([1.0, -2.0, 0.0, 0.5, 3.0]) + rng.normal(size=40)

    standard = (features - features.mean(0)) / features.std(0)
    gram = standard.T @ standard + 10.0 * np.eye(5)
    weights = np.linalg.solve(gram, standard.T @ (mos - mos.mean()))
    expected = (unseen - features.mean(0)) / features.std(0) @ weights + mos.mean()
    ridge = linear_probe.fit_ridge(features, mos, 10.0)
    np.testing.assert_allclose(ridge(unseen), expected)


def test_alpha_is_chosen_on_validation():
    rng = np.random.default_rng(0)
    features, unseen = rng.normal(size=(30, 25)), rng.normal(size=(200, 25))
    mos, unseen_mos = (x[:, 0] + rng.normal(size=len(x)) for x in (features, unseen))
    alphas = (1e-3, 1e1, 1e2, 1e9)
    sroccs = {
        alpha: metrics.srocc(
            linear_probe.fit_ridge(features, mos, alpha)(unseen), unseen_mos
        )
        for alpha in alphas
    }
    data = (features, mos, unseen, unseen_mos)
    best = max(sroccs, key=sroccs.get)
    assert linear_probe.choose_alpha(*data, alphas) == (best, sroccs[best])
    assert best != alphas[0]


def test_constant_features_do_no_harm():
    rng = np.random.default_rng(0)
    features = np.column_stack([rng.normal(size=20), np.full(20, 7.0)])
    mos = features[:, 0]
    ridge = linear_probe.fit_ridge(features, mos, 1.0)
    assert np.isfinite(ridge.weights).all()
    assert metrics.srocc(ridge(features), mos) == pytest.approx(1.0)


@pytest.mark.parametrize("field", ["stages", "statistics", "scales"])
def test_rejects_values(field):
    with pytest.raises(ValueError, match=f"{field}='most'"):
        dataclasses.replace(SMALL, **{field: "most"})
