"""What every method promises, checked for every method."""

import dataclasses

import keras
import numpy as np
import pytest

from tests.layers.test_aggd import require_double
from tests.support.compiled import graph_of
from tests.support.tiny_scorers import FAST
from tests.support.tiny_scorers import trained_and_shared
from tests.support.toy_scorer import toy_image
from tfiqa import trainers
from tfiqa.data import builders
from tfiqa.data.sources import Sources
from tfiqa.methods import METHODS
from tfiqa.scoring import scorer as scorers
from tfiqa.scoring.serialization import load_scorer
from tfiqa.training.flags import parse
from tfiqa.training.request import TrainingRequest


@pytest.fixture(scope="module", params=sorted(METHODS))
def name(request):
    return request.param


# Loop inside of a picture, which TensorFlow does slowly outside of a graph.
LOOPS = ("brisque", "gm_log", "ilniqe", "piqe")

# Compute in double precision, which JAX has on request alone. There, batches of these
# are tested in `test_batches_in_double.py`.
DOUBLE = ("brisque", "cornia", "dipiq", "gm_log", "hosa", "ilniqe", "niqe", "piqe")


@pytest.fixture(scope="module")
def scorer(name, tmp_path_factory):
    if name in DOUBLE:
        require_double()
    return trained_and_shared(name, tmp_path_factory)


@pytest.fixture(scope="module")
def scores(scorer):
    """The function from images to their scores."""
    return score_of(scorer)


ON_JAX = keras.backend.backend() == "jax"


def score_of(model, *, compiled=ON_JAX):
    run = graph_of(model) if compiled or model.name in LOOPS else model
    return lambda images: keras.ops.convert_to_numpy(run(np.asarray(images, "float32")))


def test_every_recipe_is_a_config(name):
    for recipe in METHODS[name].recipes:
        assert isinstance(METHODS[name].configured(recipe), METHODS[name].config)


def test_defaults_are_the_papers(name):
    assert METHODS[name].configured() == METHODS[name].config()


def test_unknown_recipe_is_told(name):
    with pytest.raises(ValueError, match=r"paper, quick.*recipe='fast'"):
        METHODS[name].configured("fast")


# What needs nothing to learn from.
NOTHING_LEARNED = ("piqe",)

# What a method misses first where there is nothing to learn from: scores, unless its
# name is here.
SCORES = r"learns from scores: a labeled dataset is expected"
MISSING = {
    "contentsep": r"without scores: `images` are expected\. Received: none",
    "dipiq": r"without scores: `images` are expected\. Received: none",
    "ilniqe": r"without scores: `images` are expected\. Received: none",
    "niqe": r"without scores: `images` are expected\. Received: none",
    "pristine_distance": r"An encoder is expected.* Received: encoder=None",
}


def test_what_is_missing_is_named_before_anything_is_written(name, tmp_path):
    config = METHODS[name].configured("quick", FAST[name])
    if name in NOTHING_LEARNED:
        METHODS[name].check(config, Sources(), trainers.Run(tmp_path))
        return
    with pytest.raises(ValueError, match=MISSING.get(name, SCORES)):
        METHODS[name].check(config, Sources(), trainers.Run(tmp_path))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("shape", [(1, 2), (7, 90), (33, 32), (64, 64)])
def test_scores_any_size(scorer, scores, shape):
    least = scorers.metadata(scorer)["min_side"]
    result = scores([toy_image(5, *(max(side, least) for side in shape))])
    assert result.shape == (1, 1)
    assert result.dtype == np.float32
    assert np.isfinite(result).all()


def test_a_score_does_not_depend_on_the_batch(scorer):
    check_batches(scorer)


def check_batches(scorer):
    """Scores are the same, bit for bit, in any batch and however it is called."""
    images = np.stack([toy_image(seed) for seed in range(5)]).astype("float32")
    calls = {
        "direct": lambda batch: keras.ops.convert_to_numpy(scorer(batch)),
        "predict": lambda batch: scorer.predict(batch, batch_size=3, verbose=0),
    }
    for name, call in calls.items():
        alone = np.concatenate([call(image[None]) for image in images])
        for order in ([1, 0], [3, 0, 2], [4, 2, 0, 1, 3]):
            result = call(images[order])
            np.testing.assert_array_equal(result, alone[order], err_msg=name)
        worst, best = scorers.metadata(scorer)["mos_range"]
        assert np.ptp(alone) > 1e-3 * abs(best - worst) / 100


def test_flat_pictures_have_no_score(scores):
    assert np.isnan(scores(np.full((1, 40, 56, 3), 128))).all()


def test_features_and_metadata(scorer, name):
    features = keras.Model(scorer.input, scorer.get_layer("features").output)
    assert score_of(features)([toy_image(3)]).shape[0] == 1
    assert scorer.layers[-1].name == "mos"
    metadata = scorers.metadata(scorer)
    assert metadata["method"] == name
    assert metadata["dataset"] == ("none" if name in NOTHING_LEARNED else "toy")
    if "patch" not in metadata and name != "dipiq":  # Those learn no scores.
        assert metadata["mos_range"] == [0.0, 27.0]
    assert {"unit", "version", "min_side"} <= metadata.keys()


def test_survives_saving(scorer, scores, tmp_path):
    scorer.save(tmp_path / "scorer.keras")
    restored = load_scorer(tmp_path / "scorer.keras")
    images = np.stack([toy_image(seed) for seed in range(4)])
    np.testing.assert_array_equal(score_of(restored)(images), scores(images))
    assert scorers.metadata(restored) == scorers.metadata(scorer)


def test_whole_numbers_give_the_same_score(scorer, scores):
    expected = scores([toy_image(7)])[0, 0]
    assert scorers.predictor(scorer)(toy_image(7)) == pytest.approx(expected, rel=1e-5)


def test_a_row_is_of_its_name(name):
    method = METHODS[name]
    assert method.name == name
    assert method.summary.endswith(".")
    assert dataclasses.is_dataclass(method.config)
    assert method.recipes["paper"] == {}
    assert "quick" in method.recipes
    assert bool(method.encoders) == (method.join_encoders is not None)


def test_default_images_have_a_name_in_every_recipe(name):
    method = METHODS[name]
    for recipe in method.recipes:
        images = method.images_for(recipe)
        assert (images is None) == (method.images is None)
        if images is not None:
            # Generated ones, or a dataset that users prepare from a folder.
            assert images.startswith("stream:") or images in builders.names()


def test_fields_are_no_arguments_of_train_method(name):
    """`train_method` takes both by name."""
    arguments = {field.name for field in dataclasses.fields(TrainingRequest)}
    fields = {field.name for field in dataclasses.fields(METHODS[name].config)}
    assert fields or name in NOTHING_LEARNED
    assert not arguments & fields


def test_rows_of_an_ablation_are_configs(name):
    for overrides in METHODS[name].ablation.values():
        assert METHODS[name].configured("paper", overrides) is not None


def test_each_optional_part_is_that_of_some_methods():
    """By name, so that a part that was lost is noticed."""
    offered = {
        part: {name for name, row in METHODS.items() if getattr(row, part)}
        for part in ("convert", "with_regressor", "encoders", "ablation", "sheets")
    }
    assert offered == {
        "convert": {
            *("brisque", "contentsep", "contrique", "db_cnn", "hyperiqa", "ilniqe"),
            *("musiq", "niqe", "reiqa", "wadiqam"),
        },
        "with_regressor": {"contrique"},
        "encoders": {"reiqa"},
        "ablation": {"hyperiqa"},
        "sheets": {"contrique", "reiqa"},
    }


def test_encoders_of_checkpoints_have_a_way_to_a_scorer():
    """Flags of a training that exist."""
    flags = {name: row.next_flags for name, row in METHODS.items() if row.next_flags}
    assert set(flags) == {"contentsep", "contrique", "db_cnn", "musiq", "reiqa"}
    for line in flags.values():
        assert parse(line.split()).method in METHODS
