"""Tests of PQR and SQR."""

import dataclasses

import keras
import numpy as np
import pytest
from keras import ops
from sklearn.cluster import KMeans
from sklearn.svm import NuSVR

from tests.support.tiny_scorers import FAST
from tests.support.toy_scorer import toy_image
from tests.support.toy_source import toy_source
from tfiqa import trainers
from tfiqa.data.sources import Sources
from tfiqa.methods import pqr
from tfiqa.methods.pqr import anchors
from tfiqa.methods.pqr import patches
from tfiqa.methods.pqr import training
from tfiqa.models import pqr as models
from tfiqa.regression import LinearMap

QUICK = pqr.METHOD.configured("quick", FAST["pqr"])
SLIM = {
    "backbone": "resnet10_slim",
    "backbone_weights": None,
    "patch_size": 32,
    "dropout": 0.0,
}
METADATA = {"method": "pqr", "min_side": 16, "mos_range": [0, 10]}


def test_rates_are_equally_spaced_logarithms():
    for recipe, count, ends in (("paper", 10, (-3, -4)), ("s_cnn", 40, (-2, -3))):
        config = pqr.METHOD.configured(recipe)
        rates = [training.learning_rate(config, e) for e in range(config.epochs)]
        np.testing.assert_allclose(rates, np.logspace(*ends, count), rtol=1e-9)


def test_uniform_anchors_are_the_middles_of_equal_parts():
    result = anchors.anchors_of(np.zeros(3), 5, quantization="uniform")
    np.testing.assert_allclose(result, [0.1, 0.3, 0.5, 0.7, 0.9])


def test_lloyd_max_anchors_are_one_dimensional_means():
    scores = np.random.default_rng(0).beta(5, 2, 400)
    result = anchors.anchors_of(scores, 4, quantization="lloyd_max")
    start = anchors.anchors_of(scores, 4, quantization="uniform")[:, None]
    means = KMeans(4, init=start, n_init=1, tol=0, max_iter=1000).fit(scores[:, None])
    np.testing.assert_allclose(result, np.sort(means.cluster_centers_[:, 0]), atol=1e-6)


def test_anchors_without_scores_remain():
    result = anchors.anchors_of(np.full(9, 0.45), 5, quantization="lloyd_max")
    np.testing.assert_allclose(result, [0.1, 0.3, 0.45, 0.7, 0.9])


@pytest.mark.parametrize("labels", ["distribution", "score"])
def test_a_score_is_the_mean_over_patches(labels):
    keras.utils.set_random_seed(0)
    outputs = 5 if labels == "distribution" else 1
    network = models.build_network(**SLIM, outputs=outputs)
    scorer = models.build_scorer(
        network, labels=labels, stride=8, scale=10.0, offset=1.0, metadata=METADATA
    )
    linear = LinearMap(np.linspace(1, 2, outputs), 0.5)
    models.set_regression(scorer, linear)
    image = toy_image(4, 40, 50)
    cut = [image[t : t + 32, x : x + 32] for t in (0, 8) for x in (0, 8, 16)]
    predicted = ops.convert_to_numpy(network(np.stack(cut).astype("float32")))
    if labels == "distribution":
        predicted = np.exp(predicted) / np.exp(predicted).sum(axis=1, keepdims=True)
    expected = 10 * linear(predicted).mean() + 1
    result = ops.convert_to_numpy(scorer(image[None].astype("float32")))
    assert result[0, 0] == pytest.approx(expected, rel=1e-4)


def test_the_last_layer_starts_like_the_release():
    for name, deviation in (("s_cnn_64", 2**0.5 / 100), ("resnet10_slim", 2**-4.5)):
        size = 64 if name == "s_cnn_64" else 32
        options = {**SLIM, "backbone": name, "patch_size": size}
        kernel = models.build_network(**options, outputs=50).get_layer("outputs").kernel
        assert np.std(kernel) == pytest.approx(deviation, rel=0.05)


# Elsewhere the contract of methods trains, which takes long enough.
on_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="trained by the contract"
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    labeled = toy_source(12), toy_source(5)
    run = trainers.Run(tmp_path_factory.mktemp("pqr"), verbose=0)
    return pqr.train(QUICK, Sources(*labeled), run), run, labeled[0]


@on_tensorflow
def test_the_regression_is_fitted_to_predictions_of_training_patches(trained):
    scorer, run, source = trained
    described = scorer.get_layer("patches").network
    units = training.label_units(source)
    assert units == {"scale": 27.0, "offset": 0.0}
    rows, scores = [], []
    for crops, labels in patches.samples(QUICK, source, run.seed, **units):
        rows.append(ops.convert_to_numpy(described(crops, training=False))[:, -5:])
        scores.append(labels[:, 0])
    rows, scores = np.concatenate(rows), np.concatenate(scores)
    assert len(rows) == QUICK.regression_patches
    np.testing.assert_allclose(rows.sum(axis=1), 1.0, atol=1e-5)
    machine = NuSVR(kernel="linear", C=1.0, nu=0.5).fit(rows, scores)
    weights, bias = scorer.get_layer("regression").get_weights()
    np.testing.assert_allclose(
        rows @ weights[:, 0] + bias, machine.predict(rows), atol=5e-3
    )
    assert run.report["regression"]["bias"] == pytest.approx(bias[0])


@on_tensorflow
def test_the_mean_color_of_training_patches_is_subtracted(trained):
    scorer, run, source = trained
    color = patches.mean_color(QUICK, source, run.seed)
    assert np.ptp(color) < 10
    assert np.mean(color) == pytest.approx(128, abs=5)
    network = scorer.get_layer("patches").network.get_layer("s_cnn_64_vector")
    np.testing.assert_allclose(network.get_layer("center").offset, -np.array(color))


@on_tensorflow
def test_sqr_learns_the_score_itself(tmp_path):
    config = dataclasses.replace(QUICK, labels="score", centered=False)
    source = toy_source(8)
    run = trainers.Run(tmp_path, verbose=0)
    scorer = pqr.train(config, Sources(source, source), run)
    assert [w.item() for w in scorer.get_layer("regression").get_weights()] == [1, 0]
    assert "regression" not in run.report
    assert scorer.get_layer("features").output.shape == (None, 512 + 1)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"patch_size": 60}, r"`patch_size` must be 64 for s_cnn_64.*patch_size=60"),
        ({"frozen_stages": 1}, r"`frozen_stages` must be 0 for s_cnn_64.*=1"),
        ({"backbone": "alexnet"}, r"`patch_size` must be 224 or 227 for alexnet.*=64"),
        ({"backbone_weights": "imagenet"}, r"weights of s_cnn_64 can be downloaded"),
    ],
)
def test_settings_that_no_network_has_are_refused(overrides, message, tmp_path):
    config = dataclasses.replace(QUICK, **overrides)
    labeled = toy_source(12), toy_source(5)
    with pytest.raises(ValueError, match=message):
        pqr.check(config, Sources(*labeled), trainers.Run(tmp_path))


@pytest.mark.parametrize(
    "wrong",
    [
        {"labels": "scores"},
        {"quantization": "lloyd"},
        {"anchors": 1},
        {"frozen_stages": 5},
        {"last_rate": 0.0},
        {"dropout": 1.0},
    ],
)
def test_wrong_settings_are_named(wrong):
    ((name, _),) = wrong.items()
    with pytest.raises(ValueError, match=f"`{name}`"):
        pqr.Config(**wrong)
