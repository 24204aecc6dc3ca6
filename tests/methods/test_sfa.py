"""Tests of SFA, against NumPy and scikit-learn."""

import dataclasses
from typing import Any

import keras
import numpy as np
import pytest
from keras import ops
from sklearn.cross_decomposition import PLSRegression

from tests.layers.test_patch_statistics import expected_of
from tests.support.tiny_scorers import FAST
from tests.support.toy_scorer import toy_image
from tests.support.toy_source import toy_source
from tfiqa import trainers
from tfiqa.data.sources import Sources
from tfiqa.methods import sfa
from tfiqa.methods.sfa import fitting
from tfiqa.models import sfa as models

QUICK = sfa.METHOD.configured("quick", FAST["sfa"])
CUTTING: dict[str, Any] = {"patch_size": 32, "stride": 16}


@pytest.fixture(scope="module")
def trunk():
    keras.utils.set_random_seed(0)
    return models.build_trunk("resnet10_slim", None, 4)


def described(descriptor, image):
    return ops.convert_to_numpy(descriptor(image[None].astype("float32")))[0]


def test_features_are_statistics_of_means_over_patches(trunk):
    image = toy_image(8, 40, 60)
    padded = np.pad(image, ((0, 8), (0, 4), (0, 0))).astype("float32")
    patches = np.stack(
        [padded[t : t + 32, x : x + 32] for t in (0, 16) for x in (0, 16, 32)]
    )
    maps = trunk(patches, training=False)
    means = [ops.convert_to_numpy(maps[n]).mean(axis=(1, 2)) for n in (1, 3)]
    expected = expected_of(np.concatenate(means, axis=1), "matlab")
    descriptor = models.build_descriptor(trunk, (2, 4), **CUTTING)
    result = described(descriptor, image)
    np.testing.assert_allclose(result, expected, rtol=5e-3, atol=5e-3)


def test_columns_of_a_stage_are_the_features_of_that_stage_alone(trunk):
    image = toy_image(3, 32, 30)
    result = described(models.build_descriptor(trunk, (2, 3, 4), **CUTTING), image)
    depths = [64, 128, 256]
    for index, stage in enumerate((2, 3, 4)):
        alone = models.build_descriptor(trunk, (stage,), **CUTTING)
        columns = models.columns_of_stage(depths, index)
        assert [len(one) for one in columns] == [c * depths[index] for c in (2, 5, 4)]
        chosen = result[np.concatenate(columns)]
        np.testing.assert_allclose(chosen, described(alone, image), atol=1e-4)


def scored(count=60):
    """Features of two stages, of which only the second follows the scores."""
    random = np.random.default_rng(0)
    features = random.normal(size=(count, 11 * 5))
    mos = random.uniform(0, 10, count)
    columns = [models.columns_of_stage([2, 3], index) for index in (0, 1)]
    features[:, columns[1][0]] += mos[:, None]
    features[:, columns[1][2]] += 0.5 * mos[:, None]
    return features, mos, columns


def test_cross_validation_finds_what_follows_the_scores():
    features, mos, columns = scored()
    contents = np.arange(60).astype(str)
    sroccs = fitting.validated_sroccs(features, mos, contents, columns, QUICK, seed=0)
    assert sroccs.shape == (2, 3)
    assert sroccs[1, 0] > sroccs[1, 2] > 0.7
    assert np.abs(sroccs[0]).max() < 0.5
    # All images of one content are unseen together: a feature that only names it fails.
    contents = np.repeat(np.arange(12), 5).astype(str)
    names = np.tile(np.repeat(np.eye(12), 5, axis=0), (1, 5))[:, :55]
    level = np.random.default_rng(1).normal(size=12).repeat(5)
    sroccs = fitting.validated_sroccs(names, level, contents, columns, QUICK, seed=0)
    assert np.abs(sroccs).max() < 0.6


def test_joined_is_the_weighted_mean_of_scikit_learns():
    features, mos, columns = scored()
    config = dataclasses.replace(QUICK, components=3, standardized=True)
    weights = np.array([0.5, 0.2, 0.3])
    linear = fitting.joined(features, mos, columns[1], weights, config)
    expected = 0
    for weight, chosen in zip(weights, columns[1], strict=True):
        model = PLSRegression(3, scale=True, max_iter=2000)
        fitted = model.fit(features[:, chosen], mos)
        expected = expected + weight * fitted.predict(features[:, chosen]).ravel()
    result = linear(features[:, np.concatenate(columns[1])])
    np.testing.assert_allclose(result, expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("sroccs", "weights"),
    [
        ((0.6, 0.3, 0.1), (0.6, 0.3, 0.1)),
        ((0.8, -0.2, 0.2), (0.8, 0.0, 0.2)),
        ((-0.1, -0.2, 0.0), (1 / 3, 1 / 3, 1 / 3)),
    ],
)
def test_weights_are_shares_of_the_sroccs(sroccs, weights):
    np.testing.assert_allclose(fitting.weights_of(np.array(sroccs)), weights)


@pytest.mark.parametrize("weighting", ["validated", "equal"])
def test_the_stage_of_the_best_regression_is_chosen(weighting):
    features, mos, columns = scored()
    config = dataclasses.replace(QUICK, weighting=weighting)
    data = features, mos, np.arange(60).astype(str)
    choice = fitting.choose(*data, columns, config, seed=0)
    assert choice.index == 1
    assert choice.sroccs is not None
    shares = fitting.weights_of(choice.sroccs[1])
    assert shares[0] > 0.35
    expected = shares if weighting == "validated" else [1 / 3] * 3
    np.testing.assert_allclose(choice.weights, expected)
    alone = fitting.choose(*data, columns[:1], config, seed=0)
    assert (alone.sroccs is None) == (weighting == "equal")


def test_a_scorer_has_the_chosen_stage_alone(tmp_path):
    config = dataclasses.replace(QUICK, weighting="equal")
    labeled = toy_source(6), toy_source(3)
    run = trainers.Run(tmp_path, verbose=0)
    scorer = sfa.train(config, Sources(*labeled), run)
    figures = run.report["regression"]
    best = np.max(figures["validated_srocc"], axis=1).argmax()
    assert figures["stage"] == (1, 2)[best]
    assert scorer.get_layer("pls").kernel.shape == (11 * 64, 1)
    names = [variable.path for variable in scorer.weights]
    assert not [name for name in names if "stack2" in name or "stack3" in name]
    assert bool([name for name in names if "stack1" in name]) == (best == 1)


def test_more_folds_than_contents_are_an_error(tmp_path):
    config = dataclasses.replace(QUICK, folds=18)
    labeled = toy_source(12), toy_source(5)
    message = r"`folds` are expected\. Received: folds=18, 12 contents"
    with pytest.raises(ValueError, match=message):
        sfa.check(config, Sources(*labeled), trainers.Run(tmp_path))


@pytest.mark.parametrize(
    "wrong",
    [
        {"stages": ()},
        {"stages": (4, 4)},
        {"stages": (0, 1)},
        {"folds": 1},
        {"variant": "caffe"},
        {"weighting": "none"},
    ],
)
def test_wrong_settings_are_named(wrong):
    ((name, _),) = wrong.items()
    with pytest.raises(ValueError, match=f"`{name}`"):
        sfa.Config(**wrong)
