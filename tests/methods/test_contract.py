"""What every method promises, checked for every method."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layers.test_aggd import require_double
from tests.support.toy_scorer import picture
from tests.support.toy_source import toy_source
from tfiqa import trainers
from tfiqa.data.images import of_source
from tfiqa.data.sources import Sources
from tfiqa.methods import CONVERTERS
from tfiqa.methods import METHODS
from tfiqa.methods import configured
from tfiqa.methods import recipes
from tfiqa.scoring import scorer as scorers
from tfiqa.scoring.serialization import load_scorer

# What makes the newcomer's run of a method still smaller.
FAST = {
    "contentsep": {
        "synthetic_epochs": 1,
        "scene_height": 48,
        "scene_width": 48,
        "scenes": 4,
        "versions": 2,
        "epochs": 1,
        "crop_size": 32,
        "batch_size": 4,
        "patch_size": 16,
        "stride": 8,
    },
    "contrique": {
        "crop_size": 32,
        "batch_size": 4,
        "epochs": 1,
        "repeats": 2,
        "versions": 1,
    },
    "hyperiqa": {
        "crop_size": 32,
        "hidden": (8, 4),
        "content_length": 64,
        "patches": 1,
        "batch_size": 4,
        "epochs": 1,
    },
    "ilniqe": {"side": 132, "size": 16, "sharpest": 0.0},
    "linear_probe": {"tile_size": 32},
    "niqe": {"size": 16},
    "pristine_distance": {"patch_size": 16, "stride": 8},
    "reiqa": {
        "patch_size": 32,
        "n_aug": 1,
        "scales": 1,
        "queue_size": 8,
        "batch_size": 4,
        "epochs": 1,
        "content_patch_size": 32,
        "content_batch_size": 4,
        "content_epochs": 1,
        "repeats": 2,
    },
}


@pytest.fixture(scope="module", params=sorted(METHODS))
def name(request):
    return request.param


# Loop inside of a picture, which TensorFlow does slowly outside of a graph.
LOOPS = ("ilniqe",)

# Compute in double precision, which JAX has on request alone.
DOUBLE = ("ilniqe", "niqe")


@pytest.fixture(scope="module")
def scorer(name, tmp_path_factory):
    if name in DOUBLE:
        require_double()
    config = configured(METHODS[name], "quick", FAST[name])
    run = trainers.Run(tmp_path_factory.mktemp(name), verbose=0)
    return METHODS[name].train(config, toy_sources(name, run.folder), run)


def toy_sources(name, folder):
    encoder = None
    if name == "pristine_distance":
        encoder = folder / "encoder.keras"
        toy_encoder().save(encoder)
    unlabelled = of_source(toy_source(8))
    labelled = toy_source(12), toy_source(5)
    return Sources(*labelled, unlabelled, unlabelled, encoder)


def toy_encoder():
    images = keras.Input((None, None, 3))
    kernel = keras.initializers.RandomNormal(0, 0.1, seed=1)
    x = keras.layers.Conv2D(6, 3, activation="relu", kernel_initializer=kernel)(images)
    return keras.Model(images, keras.layers.GlobalAveragePooling2D()(x))


def scores(scorer, images):
    return keras.ops.convert_to_numpy(compiled(scorer)(np.asarray(images, "float32")))


@functools.cache
def compiled(scorer):
    if scorer.name not in LOOPS:
        return scorer
    spec = tf.TensorSpec((None, None, None, 3))
    return tf.function(scorer, input_signature=[spec], autograph=False)


def test_every_recipe_is_a_config(name):
    for recipe in recipes(METHODS[name]):
        configured(METHODS[name], recipe, {})


def test_defaults_are_the_papers(name):
    assert configured(METHODS[name], "paper", {}) == METHODS[name].Config()


def test_unknown_recipe_is_told(name):
    with pytest.raises(ValueError, match=r"paper, quick.*recipe='fast'"):
        configured(METHODS[name], "fast", {})


def test_needs_pictures(name, tmp_path):
    config = configured(METHODS[name], "quick", FAST[name])
    with pytest.raises(ValueError, match=r"labelled|without scores|An encoder"):
        METHODS[name].train(config, Sources(), trainers.Run(tmp_path))


@pytest.mark.parametrize("shape", [(1, 2), (7, 90), (33, 32), (64, 64)])
def test_scores_any_size(scorer, shape):
    least = scorers.metadata(scorer)["min_side"]
    result = scores(scorer, [picture(5, *(max(side, least) for side in shape))])
    assert result.shape == (1, 1)
    assert result.dtype == np.float32
    assert np.isfinite(result).all()


def test_a_score_does_not_depend_on_the_batch(scorer):
    images = np.stack([picture(seed) for seed in range(4)])
    worst, best = scorers.metadata(scorer)["mos_range"]
    together = scores(scorer, images)
    alone = np.concatenate([scores(scorer, image[None]) for image in images])
    shuffled = scores(scorer, images[[2, 0, 3, 1]])[[1, 3, 0, 2]]
    bound = 1e-4 * (best - worst) / 100
    np.testing.assert_allclose(alone, together, atol=bound)
    np.testing.assert_allclose(shuffled, together, atol=bound)
    assert np.ptp(together) > 10 * bound


def test_flat_pictures_have_no_score(scorer):
    assert np.isnan(scores(scorer, np.full((1, 40, 40, 3), 128))).all()


def test_features_and_metadata(scorer, name):
    features = keras.Model(scorer.input, scorer.get_layer("features").output)
    assert scores(features, [picture(3)]).shape[0] == 1
    assert scorer.layers[-1].name == "mos"
    metadata = scorers.metadata(scorer)
    assert metadata["method"] == name
    assert metadata["dataset"] == "toy"
    if "patch" not in metadata:  # A distance has no units of scores.
        assert metadata["mos_range"] == [0.0, 27.0]
    assert {"unit", "version", "min_side"} <= metadata.keys()


def test_survives_saving(scorer, tmp_path):
    scorer.save(tmp_path / "scorer.keras")
    restored = load_scorer(tmp_path / "scorer.keras")
    images = np.stack([picture(seed) for seed in range(2)])
    np.testing.assert_array_equal(scores(restored, images), scores(scorer, images))
    assert scorers.metadata(restored) == scorers.metadata(scorer)


def test_whole_numbers_give_the_same_score(scorer):
    expected = scores(scorer, [picture(7)])[0, 0]
    assert scorers.predictor(scorer)(picture(7)) == pytest.approx(expected, rel=1e-5)


def test_converters_are_methods():
    assert CONVERTERS.keys() <= METHODS.keys()
