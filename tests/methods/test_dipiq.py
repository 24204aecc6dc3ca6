"""Tests of dipIQ: its pairs, its network and a small run."""

import numpy as np
import pytest
import scipy.io
from keras import ops

from tests.layers.test_aggd import require_double
from tests.layers.test_niqe import textured
from tests.support.compiled import graph_of
from tests.support.toy_source import source_of
from tfiqa import trainers
from tfiqa.data.images import of_source
from tfiqa.data.sources import Sources
from tfiqa.methods.dipiq import pairs as ranked
from tfiqa.methods.dipiq import training
from tfiqa.models import dipiq


@pytest.fixture(autouse=True)
def double():
    require_double()


def test_versions_get_worse_with_their_level():
    scene = textured(0, 176, 176)
    versions = list(ranked.versions(scene, seed=0))
    assert len(versions) == ranked.VERSIONS == 20
    qualities = np.array([ranked.measure(scene, version) for version in versions])
    for start in range(0, 20, 5):  # Type by type.
        first, last = qualities[start], qualities[start + 4]
        assert (first > last).all()


def test_pairs_are_what_all_measures_agree_on():
    random = np.random.default_rng(0)
    qualities = random.normal(size=(200, 1)) + 0.3 * random.normal(size=(200, 3))
    pairs = ranked.draw(qualities, 300, threshold=20.0, seed=1)
    assert len(pairs.better) == 300
    points = 100 * qualities.argsort(axis=0).argsort(axis=0) / 199
    least = (points[pairs.better] - points[pairs.worse]).min(axis=1)
    assert (least > 20).all()
    assert (pairs.certainty > 0.5).all()
    order = np.argsort(least)
    assert (np.diff(pairs.certainty[order]) >= 0).all()


def test_measures_that_never_agree_are_named():
    rising = np.arange(50.0)
    qualities = np.stack([rising, -rising, rising], axis=1)
    with pytest.raises(ValueError, match="50 images, of which no pair"):
        ranked.draw(qualities, 10, threshold=20.0, seed=0)


def test_batches_hold_every_pair_once_an_epoch():
    pairs = ranked.Pairs(np.arange(7), np.arange(7) + 1, np.full(7, 0.9))
    features = np.arange(8.0)[:, None]
    batches = ranked.PairBatches(features, pairs, batch_size=3, seed=0)
    epochs = []
    for _ in range(2):
        rows = [batches[index] for index in range(len(batches))]
        better = np.concatenate([first[:, 0] for (first, _), _ in rows])
        worse = np.concatenate([second[:, 0] for (_, second), _ in rows])
        np.testing.assert_array_equal(worse, better + 1)
        np.testing.assert_array_equal(np.sort(better), np.arange(7))
        epochs.append(better)
        batches.on_epoch_end()
    assert not np.array_equal(*epochs)


def test_the_pair_model_is_a_difference_of_scores():
    network = dipiq.rank_network(6, hidden=(4,))
    rows = np.random.default_rng(0).normal(size=(2, 3, 6)).astype("float32")
    result = ops.convert_to_numpy(dipiq.siamese(network)(list(rows)))
    scores = [ops.convert_to_numpy(network(row)) for row in rows]
    np.testing.assert_allclose(result, scores[0] - scores[1], atol=1e-6)


def test_published_standardization(tmp_path):
    path = tmp_path / "normalization.mat"
    scipy.io.savemat(path, {"trainMu": np.ones((1, 4)), "trainStd": [[2.0, 3, 0, 1]]})
    mean, deviation = dipiq.read_standardization(path, 4)
    np.testing.assert_array_equal(mean, 1)
    np.testing.assert_array_equal(deviation, [2, 3, 1, 1])
    with pytest.raises(ValueError, match=r"5 numbers.*\[4, 4\]"):
        dipiq.read_standardization(path, 5)


FAST = training.Config(
    words=10,
    codebook_images=3,
    patches_per_image=20,
    passes=1,
    patches=100,
    scenes=3,
    pairs=200,
    hidden=(8, 3),
    epochs=40,
    batch_size=32,
    learning_rate=3e-3,
)


def test_a_small_run_learns_to_rank_its_pairs(tmp_path):
    scenes = of_source(source_of([textured(seed, 176, 190) for seed in range(3)]))
    run = trainers.Run(tmp_path, verbose=0)
    scorer = training.train(FAST, Sources(images=scenes), run)
    scene = textured(0, 176, 190)
    versions = np.stack(list(ranked.versions(scene, seed=0))).astype("float32")
    scores = graph_of(scorer)(versions).reshape(4, 5)
    assert (scores[:, 0] > scores[:, -1]).mean() >= 0.75
    assert run.report["ranking"]["loss"] < 0.6
    assert (tmp_path / "encoder.keras").is_file()


def test_small_scenes_are_named(tmp_path):
    scenes = of_source(source_of([textured(0, 100, 190)]))
    run = trainers.Run(tmp_path, verbose=0)
    with pytest.raises(ValueError, match=r"176 pixels.*190 x 100"):
        training.train(FAST, Sources(images=scenes), run)
