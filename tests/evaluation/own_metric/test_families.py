"""Tests of the regressions that are tried: what they predict is what they score."""

import functools

import keras
import numpy as np
import pytest

from tests.layers.test_aggd import require_double
from tests.support.tiny_scorers import toy_encoder
from tests.support.toy_scorer import toy_image
from tfiqa.evaluation.own_metric import patch_statistics
from tfiqa.evaluation.own_metric.distance import Distance
from tfiqa.evaluation.own_metric.distance import best_rows
from tfiqa.evaluation.own_metric.families import Ridge
from tfiqa.evaluation.own_metric.families import SupportVectors
from tfiqa.evaluation.own_metric.network import Network
from tfiqa.regression import svr
from tfiqa.regression.support_vectors import fit_scaling
from tfiqa.regression.support_vectors import predictions_of_grid
from tfiqa.scoring.scorer import metadata
from tfiqa.scoring.scorer import predictor
from tfiqa.scoring.scorer import reader

COUNT = 16
IMAGES = [toy_image(seed, 104, 150) for seed in range(COUNT)]
MOS = np.array([float(seed % 10) for seed in range(COUNT)])
METADATA = {
    "method": "own",
    "dataset": "toy",
    "mos_range": [0.0, 9.0],
    "unit": "MOS",
    "min_side": 16,
    "version": "0",
}


@functools.cache
def descriptor():
    """A toy encoder whose last layer has the name that scorers have."""
    encoder = toy_encoder()
    images = keras.Input((None, None, 3))
    features = keras.layers.Identity(name="features")(encoder(images))
    return keras.Model(images, features)


@pytest.fixture(scope="module")
def table():
    read = reader(descriptor())
    return np.stack([read(image) for image in IMAGES])


def families(table):
    return {
        "ridge": Ridge(table, descriptor),
        "svr": SupportVectors("svr", table, descriptor, (0.0, 9.0)),
    }


@pytest.mark.parametrize("name", ["ridge", "svr"])
def test_a_scorer_says_what_the_family_predicts(table, name):
    if name == "svr":
        require_double()
    family = families(table)[name]
    rows = np.arange(COUNT)
    predictions = family.predictions(rows, MOS, rows, 0)
    assert predictions.shape == (len(family.settings), COUNT)
    for setting in (0, len(family.settings) - 1):
        scorer = family.scorer(MOS, setting, METADATA, 0)
        scores = [predictor(scorer)(image) for image in IMAGES[:4]]
        np.testing.assert_allclose(scores, predictions[setting][:4], atol=2e-2)
        assert metadata(scorer) == METADATA


def test_a_grid_of_support_vectors_is_that_of_single_fits(table):
    grid = [(3.0, 0.2), (100.0, 0.01)]
    features, targets = table.astype("float64"), MOS * 10
    settings = svr.SupportVectorSettings(tolerance=1.0)
    values = predictions_of_grid(
        *(features[:12], targets[:12], features[12:], grid),
        tolerance=1.0,
        scaling=fit_scaling(features[:12]),
    )
    for row, (cost, gamma) in zip(values, grid, strict=True):
        machine = svr.fit(features[:12], targets[:12], settings, cost=cost, gamma=gamma)
        np.testing.assert_allclose(row, machine(features[12:]), rtol=1e-6)


def test_a_network_learns_by_the_trainer_of_frozen_trunk(table):
    family = Network(table, descriptor, steps=60)
    rows = np.arange(COUNT)
    (predictions,) = family.predictions(rows[:12], MOS[:12], rows[12:], 0)
    assert np.corrcoef(predictions, MOS[12:])[0, 1] > 0.5
    np.testing.assert_array_equal(
        predictions, family.predictions(rows[:12], MOS[:12], rows[12:], 0)[0]
    )
    assert family._config(12).epochs == 30


def test_the_distance_is_that_of_the_layer():
    require_double()
    encode = toy_encoder()
    read = patch_statistics.row_reader(encode)
    table = np.stack([read(image) for image in IMAGES])
    family = Distance(table, lambda: encode, lambda row: IMAGES[row])
    rows = np.arange(COUNT)
    (predictions,) = family.predictions(rows, MOS, rows, 0)
    scorer = family.scorer(MOS, 0, METADATA, 0)
    scores = [predictor(scorer)(image) for image in IMAGES[:6]]
    np.testing.assert_allclose(scores, predictions[:6], rtol=1e-2, atol=1e-2)
    assert np.corrcoef(predictions, MOS)[0, 1] > 0.5
    assert metadata(scorer)["min_side"] == patch_statistics.SCORING.patch_size


def test_statistics_survive_their_row():
    rng = np.random.default_rng(0)
    patches, good = rng.normal(0, 1, (9, 3)), rng.normal(1, 2, (5, 3))
    result = patch_statistics.statistics_of(
        patch_statistics.row_of(patches, good)[None]
    )
    assert result.counts.tolist() == [5]
    np.testing.assert_allclose(result.good_means[0], good.mean(0), rtol=1e-5)
    np.testing.assert_allclose(result.covariances[0], np.cov(patches.T), rtol=1e-4)
    empty = patch_statistics.row_of(patches, good[:0])
    result = patch_statistics.statistics_of(np.stack([empty, empty]))
    with pytest.raises(ValueError, match="2 images with 0"):
        patch_statistics.distances(result, np.array([0, 1]), np.array([0]))


def test_a_third_of_the_images_is_good():
    assert best_rows(np.array([3.0, 1, 2, 9, 8, 0])).tolist() == [3, 4]
    assert len(best_rows(np.arange(3.0))) == 2
