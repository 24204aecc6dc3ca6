"""Tests of a frozen trunk with a head of our own."""

import dataclasses

import keras
import numpy as np
import pytest

from tests.support.toy_scorer import toy_image
from tests.support.toy_source import toy_source
from tfiqa import layers
from tfiqa import trainers
from tfiqa.config.overrides import override
from tfiqa.data.images import of_source
from tfiqa.data.sources import Sources
from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions import WATERLOO
from tfiqa.distortions.harmless import CHANGES
from tfiqa.layers.standardized_dense import StandardizedDense
from tfiqa.methods.frozen_trunk import METHOD
from tfiqa.methods.frozen_trunk import learning
from tfiqa.methods.frozen_trunk import recognition
from tfiqa.methods.frozen_trunk import training
from tfiqa.methods.frozen_trunk import versions
from tfiqa.models import frozen_trunk as network
from tfiqa.models.recognizer import KINDS
from tfiqa.regression import standardization
from tfiqa.scoring.explanations import Explainer
from tfiqa.scoring.explanations import recognizer_file
from tfiqa.scoring.serialization import load_model

SMALL = override(
    METHOD.config(),
    {**METHOD.recipes["quick"], "types": 2, "epochs": 1, "scenes": 2},
)
RNG = np.random.default_rng(0)


def sources(count=20):
    pictures = of_source(toy_source(4))
    return Sources(toy_source(count), toy_source(5), pictures, pictures)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    run = trainers.Run(tmp_path_factory.mktemp("run"), verbose=0)
    return METHOD.train(SMALL, sources(), run), run


def test_plans_repeat_and_all_have_equally_many_rows():
    config = METHOD.config(held_out=("pixelate",))
    plans = [versions.plan(config, 3, index) for index in range(30)]
    again = versions.plan(config, 3, 7)
    np.testing.assert_array_equal(again.lists, plans[7].lists)
    assert again.steps == plans[7].steps != plans[8].steps
    assert len({plan.count for plan in plans}) == 1
    names = {step.name for plan in plans for step in plan.steps if step.bank == "bank"}
    assert names == set(DISTORTIONS)
    for plan in plans:
        steps = _step_of_row(plan)
        listed = {steps[row].name for row in np.unique(plan.lists[:, 1:]) if row}
        assert listed <= {*config.trained_types(), *WATERLOO}
    (alone,) = {
        len(versions.plan(dataclasses.replace(config, recognizer_epochs=0), 3, i).steps)
        for i in range(5)
    }
    assert alone == len(plans[0].steps) - len(config.unranked_types())


def _step_of_row(plan):
    steps = [step for step in plan.steps for _ in step.levels]
    return [None, *steps, *(None for _ in CHANGES)]


def test_lists_name_the_rows_that_steps_make():
    plan = versions.plan(METHOD.config(), 0, 5)
    made = [("scene", "", 0, 0)]
    for step in plan.steps:
        made += [(step.bank, step.name, level, step.base) for level in step.levels]
    assert plan.count == len(made) + len(CHANGES)
    assert {made[row][0] for row in plan.waterloo} == {"waterloo"}
    assert len(plan.waterloo) == 3 * len(WATERLOO)
    for rows, levels in zip(plan.lists, plan.levels, strict=True):
        kept = rows[levels >= 0]
        if len(kept) == 3:  # A composition: the scene, once and twice distorted.
            assert made[kept[2]][3] == kept[1] > 0
            assert levels[:3].tolist() == [0, 1, 2]
        else:
            assert [made[row][2] for row in kept] == levels.tolist()
            assert len({made[row][:2] for row in kept[1:]}) == 1


def test_versions_are_made_row_by_row():
    scene = toy_image(5, 70, 90)
    plan = versions.plan(SMALL, 0, 1)
    made = versions.make(scene, plan, 0, 1, side=64)
    assert len(made) == plan.count
    assert {one.shape for one in made[: -len(CHANGES)]} == {(64, 64, 3)}
    assert made[0].min() == 0
    np.testing.assert_array_equal(made[plan.harmless[1]], made[0][:, ::-1])
    again = versions.make(scene, plan, 0, 1, side=64)
    assert all(np.array_equal(*both) for both in zip(made, again, strict=True))


def test_what_is_ranked_does_not_depend_on_what_is_recognized():
    scene = toy_image(5, 70, 90)
    alone = dataclasses.replace(SMALL, recognizer_epochs=0)
    few, more = (versions.plan(config, 0, 3) for config in (alone, SMALL))
    first, second = (versions.make(scene, plan, 0, 3, side=64) for plan in (few, more))
    listed = few.count - len(CHANGES)
    assert more.count == few.count + len(SMALL.unranked_types())
    for one, other in zip(first[:listed], second[:listed], strict=True):
        np.testing.assert_array_equal(one, other)


def test_members_see_what_the_scorer_standardizes():
    photographs = RNG.normal(3, [5, 1, 0.1, 2, 9], (60, 5)).astype("float32")
    photographs[:, 3] = 4.0
    standard = standardization.standardization(photographs, limit=2.0)
    layer = StandardizedDense(5, standard.limit, activation="linear")
    layer.build((None, 5))
    layer.set_statistics(standard.mean, standard.deviation, np.eye(5), np.zeros(5))
    others = RNG.normal(3, 9, (4500, 5)).astype("float32")
    np.testing.assert_allclose(standard(others), layer(others), atol=1e-4)
    assert not np.any(standard(others)[:, 3])
    np.testing.assert_allclose(standard(photographs)[:, 0].mean(), 0, atol=0.1)


def toy_ladders(k=6):
    """Scenes whose third feature falls with the level and nothing else does."""
    plans = [versions.plan(SMALL, 0, index) for index in range(12)]
    rows = []
    for plan in plans:
        scene = RNG.normal(0, 1, k)
        levels = np.zeros(plan.count)
        for step_rows, step_levels in zip(plan.lists, plan.levels, strict=True):
            levels[step_rows[step_levels >= 0]] = step_levels[step_levels >= 0]
        rows.append(scene - 0.3 * levels[:, None] * (np.arange(k) == 2))
    features = np.concatenate(rows).astype("float32")
    return learning.ladders_of(features, plans, np.arange(12) % 2 == 0)


def test_ladders_compare_rows_of_one_scene():
    ladders, count = toy_ladders(), versions.plan(SMALL, 0, 0).count
    assert np.all(ladders.lists // count == ladders.lists[:, :1] // count)
    assert np.all(ladders.harmless // count == ladders.harmless[:, :1] // count)
    assert ladders.scenes.tolist() == [0, *range(2 * count, 12 * count, 2 * count)]
    assert set(ladders.distorted // count) == {0, 2, 4, 6, 8, 10}


def test_versions_are_of_the_kind_that_came_last():
    plans = [versions.plan(SMALL, 0, index) for index in range(3)]
    labels = recognition.labels_of(plans, np.array([True, False, True]))
    count = plans[0].count
    kinds = {row: KINDS[kind] for row, kind in zip(*labels_rows(labels), strict=True)}
    for scene, plan in enumerate(plans):
        steps = _step_of_row(plan)
        levels = [level for step in plan.steps for level in step.levels]
        for row, step in enumerate(steps):
            result = kinds.get(scene * count + row)
            if step is None:
                assert result == (None if scene == 1 else "none")
            elif scene != 1 or levels[row - 1] >= recognition.FAINTEST:
                assert result == step.name
            else:
                assert result is None
    assert set(labels.scenes) == {0, 1, 2}


def labels_rows(labels):
    return labels.rows, labels.kinds


def test_a_recognizer_learns_kinds_and_where_it_cannot_know():
    rng = np.random.default_rng(3)
    plans = [versions.plan(SMALL, 0, index) for index in range(40)]
    labels = recognition.labels_of(plans, np.ones(40, bool))
    features = rng.normal(0, 0.3, (40 * plans[0].count, 30)).astype("float32")
    features[labels.rows, labels.kinds] += 3
    photographs = rng.normal(0, 0.3, (100, 30)).astype("float32")
    photographs[:, KINDS.index("unknown")] += 3
    standard = standardization.standardization(photographs, limit=90.0)
    config = dataclasses.replace(
        SMALL,
        recognizer_epochs=40,
        recognizer_hidden=40,
        input_dropout=0.0,
        learning_rate=1e-2,
    )
    recognizer, report = recognition.recognizer_of(
        config, photographs, features, labels, standard, seed=0
    )
    assert report["accuracy"] > 0.95
    # What it was trained on are standardized features; it takes plain ones.
    standard_deviation = np.maximum(standard.deviation, 1e-6)
    plain = features * standard_deviation + standard.mean
    chances = keras.ops.convert_to_numpy(recognizer(plain[labels.rows]))
    assert np.mean(chances.argmax(1) == labels.kinds) > 0.95


def test_temperature_makes_probabilities_as_large_as_they_are_right():
    rng = np.random.default_rng(5)
    true = rng.normal(0, 1.5, (4000, 4))
    chances = np.exp(true) / np.exp(true).sum(1, keepdims=True)
    kinds = np.array([rng.choice(4, p=p) for p in chances])
    assert recognition.fitted_temperature(2 * true, kinds) == pytest.approx(2, rel=0.1)


def test_members_learn_the_mos_and_the_order():
    components = RNG.normal(0, 1, (200, 6)).astype("float32")
    targets = components[:, 0] / components[:, 0].std()
    ladders = toy_ladders()
    config = dataclasses.replace(
        SMALL, epochs=150, input_dropout=0.0, dropout=0.0, weight_decay=0.0
    )

    def measured(config):
        head = learning.learn(config, components, targets, ladders, seed=1)
        scores = keras.ops.convert_to_numpy(head(components))[:, 0]
        versions_of = keras.ops.convert_to_numpy(head(ladders.features))[:, 0]
        falls = [
            np.diff(versions_of[rows[levels >= 0]])
            for rows, levels in zip(ladders.lists, ladders.levels, strict=True)
        ]
        return np.corrcoef(scores, targets)[0, 1], np.mean(np.concatenate(falls) < 0)

    fit, falling = measured(dataclasses.replace(config, ladder_weight=1.0))
    assert fit > 0.9
    assert falling > 0.9
    fit, falling = measured(
        dataclasses.replace(config, ladder_weight=0.0, pristine_weight=0.0)
    )
    assert fit > 0.9
    assert falling < 0.7


def test_batches_repeat_and_meet_every_photograph_once_an_epoch():
    config = dataclasses.replace(SMALL, epochs=2, batch_size=5)
    components = np.arange(60, dtype="float32").reshape(20, 3)
    ladders = toy_ladders(3)
    batches, again = (
        learning.Batches(components, components[:, 0], ladders, config, seed=2)
        for _ in range(2)
    )
    assert batches.num_batches == 8
    epochs = [
        np.concatenate([batches[4 * e + i][1]["photographs"] for i in range(4)])[:, 0]
        for e in range(2)
    ]
    assert np.any(epochs[0] != epochs[1])
    for epoch in epochs:
        np.testing.assert_array_equal(np.sort(epoch), components[:, 0])
    for name, values in batches[5][0].items():
        np.testing.assert_array_equal(values, again[5][0][name])


def test_versions_of_a_list_lose_the_same_units():
    head = network.build_head(4, 8, "member")
    trainee = network.build_trainee(
        head, 3, input_dropout=SMALL.input_dropout, dropout=SMALL.dropout
    )
    one = RNG.normal(0, 1, (5, 1, 4)).astype("float32")
    inputs = {
        "photographs": one[:, 0],
        "ladders": np.tile(one, (1, 3, 1)),
        "scenes": np.tile(one, (1, 2, 1)),
        "harmless": np.tile(one, (1, 2, 1)),
    }
    outputs = trainee(inputs, training=True)
    ladders = keras.ops.convert_to_numpy(outputs["ladders"])
    np.testing.assert_allclose(ladders, np.tile(ladders[:, :1], (1, 3)), atol=1e-6)
    np.testing.assert_allclose(outputs["harmless"], np.zeros((5, 1)), atol=1e-6)
    still = keras.ops.convert_to_numpy(trainee(inputs)["ladders"])
    assert np.abs(still - ladders).max() > 1e-3


def test_scorer_is_the_mean_of_its_members():
    features = RNG.normal(0, 2, (7, 27)).astype("float32")
    known = standardization.standardization(features, limit=1.5)
    heads = [network.build_head(27, 3, f"member{number}") for number in range(3)]
    for head in heads:
        head.set_weights([RNG.normal(0, 1, w.shape) for w in head.get_weights()])
    images = keras.Input((3, 3, 3), name="images")
    descriptor = keras.Model(images, keras.layers.Flatten()(images))
    scorer = network.build_scorer(
        descriptor, known, [head.get_weights() for head in heads], (2.0, 30.0), {}
    )
    pictures = features.reshape(7, 3, 3, 3)
    standard = known(features)
    expected = 30 + 2 * np.mean([head(standard) for head in heads], axis=0)
    np.testing.assert_allclose(scorer(pictures), expected, atol=2e-2)
    assert isinstance(scorer.get_layer("hidden"), StandardizedDense)


def test_small_scenes_are_continued():
    made = versions.make(
        toy_image(5, 20, 90), versions.plan(SMALL, 0, 1), 0, 1, side=64
    )
    assert made[0].shape == (versions.SMALLEST, 64, 3)
    np.testing.assert_array_equal(made[0][20:40], made[0][19::-1])


def test_a_scorer_is_trained(trained):
    scorer, run = trained
    assert isinstance(scorer.layers[-1], layers.MOS)
    assert scorer.layers[-1].metadata["method"] == "frozen_trunk"
    scores = keras.ops.convert_to_numpy(scorer(toy_image(3)[None].astype("float32")))
    assert np.isfinite(scores).all()
    assert set(run.report["unseen_share"]) == {"srocc", "plcc"}
    assert set(run.report["recognizer"]) == {"accuracy", "confidence", "temperature"}


def test_a_run_leaves_its_recognizer_beside_its_scorer(trained):
    scorer, run = trained
    recognizer = load_model(recognizer_file(run.folder / "scorer.keras"))
    explained = Explainer(scorer, recognizer)
    score = float(scorer(toy_image(3)[None].astype("float32"))[0, 0])
    assert explained(toy_image(3)) == pytest.approx(score, rel=1e-4)


def test_a_resumed_run_takes_its_features_from_disk(trained, monkeypatch):
    scorer, run = trained

    def refuse(*arguments, **options):
        raise AssertionError("a version is made again")

    monkeypatch.setattr(versions, "make", refuse)
    again = METHOD.train(SMALL, sources(), dataclasses.replace(run, resume=True))
    image = toy_image(4)[None].astype("float32")
    np.testing.assert_allclose(again(image), scorer(image), rtol=1e-5)


def test_refuses_too_few_photographs():
    few = dataclasses.replace(sources(), train=toy_source(1), validation=toy_source(1))
    config = dataclasses.replace(SMALL, members=5)
    with pytest.raises(ValueError, match="2 for members=5"):
        training.check(config, few, None)


@pytest.mark.parametrize(
    "overrides", [{"members": 1}, {"levels": 6}, {"held_out": ("mean_shift",)}]
)
def test_refuses_values(overrides):
    with pytest.raises(ValueError, match=next(iter(overrides))):
        dataclasses.replace(SMALL, **overrides)
