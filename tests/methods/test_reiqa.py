"""Tests of Re-IQA's networks and training."""

import dataclasses
import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from tests.support.compiled import jitted
from tests.support.toy_scorer import toy_image
from tests.support.toy_source import toy_source
from tfiqa import trainers
from tfiqa.config.overrides import override
from tfiqa.config.overrides import parse
from tfiqa.data.images import of_source
from tfiqa.data.sources import Sources
from tfiqa.methods import reiqa
from tfiqa.methods.reiqa import batches as pipelines
from tfiqa.methods.reiqa import training
from tfiqa.models import ReIQA
from tfiqa.models.reiqa import join
from tfiqa.optimizers import LARS
from tfiqa.scoring import scorer as scorers
from tfiqa.scoring.encoder import load_encoder
from tfiqa.scoring.serialization import load_scorer

# JAX compiles for every size of picture, which takes minutes.
on_jax = keras.backend.backend() == "jax"
slow_on_jax = pytest.mark.slow if on_jax else lambda test: test

SMALL = override(
    reiqa.Config(),
    {
        **reiqa.QUICK,
        "patch_size": 32,
        "n_aug": 1,
        "scales": 1,
        "queue_size": 32,
        "batch_size": 4,
        "epochs": 3,
        "learning_rate": 0.1,
        "content_patch_size": 32,
        "content_batch_size": 8,
        "content_epochs": 2,
        "repeats": 2,
        "projection": 16,
    },
)


def build_model(config, seed=0):
    return ReIQA(**config.network, seed=seed)


def build_encoder(config, seed=0):
    return build_model(config, seed).encoder()


def colored_batches(images, config, *, seed, epochs, part):
    """Noisy views of colors: soon made, soon told apart."""
    rows = config.batch_size * (2 if config.expert == "quality" else 1)
    size, steps = config.patch_size, pipelines.steps_per_epoch(images, config)

    def batches():
        for epoch in epochs:
            rng = np.random.default_rng([seed, epoch])
            for _ in range(steps):
                colors = rng.uniform(0, 255, (1, rows, 1, 1, 3))
                noise = rng.uniform(-20, 20, (2, rows, size, size, 3))
                yield tuple((colors + noise).astype("float32"))

    crops = tf.TensorSpec((rows, size, size, 3), tf.float32)
    return tf.data.Dataset.from_generator(batches, output_signature=(crops, crops))


@pytest.fixture(scope="module")
def sources():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipelines, "batches", colored_batches)
        images = of_source(toy_source(16))
        yield Sources(toy_source(20), toy_source(6), images=images)


@pytest.fixture(scope="module")
def finished(sources, tmp_path_factory):
    """A run of both experts, and the scorer that came of it."""
    run = trainers.Run(tmp_path_factory.mktemp("run"), verbose=0)
    return run, reiqa.train(SMALL, sources, run)


def described(model, index=5):
    return ops.convert_to_numpy(jitted(model)(toy_image(index)[None].astype("float32")))


def test_both_experts_are_trained_and_joined(finished):
    run, scorer = finished
    for expert, last in (("quality", "state-0002"), ("content", "state-0001")):
        log = json.loads((run.folder / expert / last / "log.json").read_text())["log"]
        assert all(0 < epoch["loss"] < 10 for epoch in log)
        assert all(0 <= epoch["accuracy"] <= 1 for epoch in log)
        start = described(build_encoder(SMALL.alone(expert)))
        learned = described(load_encoder(run.folder / f"{expert}.keras"))
        assert np.abs(learned - start).max() > 1e-2
    content, quality = (
        described(load_encoder(run.folder / f"{expert}.keras"))
        for expert in ("content", "quality")
    )
    assert content.shape == quality.shape == (1, 512)
    assert np.abs(content - quality).max() > 0.1
    result = described(load_encoder(run.folder / "encoder.keras"))
    np.testing.assert_allclose(result, np.hstack([content, quality]), rtol=1e-5)
    features = keras.Model(scorer.input, scorer.get_layer("features").output)
    np.testing.assert_allclose(described(features), result, rtol=1e-5)
    assert run.report["regression"]["alpha"] in SMALL.alphas
    assert len(run.report["regression"]["srocc"]) == 2


@slow_on_jax
def test_a_killed_run_goes_on_to_the_same_weights(
    sources, finished, tmp_path, monkeypatch
):
    """Killed in the second expert, after one of two epochs."""

    class Killed(Exception):
        pass

    class Kill(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1 and "content" in seen:
                raise Killed

    seen, fit = [], trainers.fit

    def killing(*arguments, run, **options):
        seen.append(run.folder.name)
        return fit(*arguments, run=run, callbacks=[Kill()], **options)

    with monkeypatch.context() as patch:
        patch.setattr(trainers, "fit", killing)
        with pytest.raises(Killed):
            reiqa.train(SMALL, sources, trainers.Run(tmp_path, verbose=0))
    assert seen == ["quality", "content"]
    assert (tmp_path / "content" / "state-0000").exists()
    resumed = reiqa.train(
        SMALL, sources, trainers.Run(tmp_path, resume=True, verbose=0)
    )
    for one, other in zip(finished[1].weights, resumed.weights, strict=True):
        np.testing.assert_array_equal(
            ops.convert_to_numpy(one), ops.convert_to_numpy(other)
        )


@slow_on_jax
@pytest.mark.parametrize("expert", ["quality", "content"])
def test_one_expert_alone(sources, tmp_path, expert):
    config = dataclasses.replace(SMALL, expert=expert, epochs=1, content_epochs=1)
    run = trainers.Run(tmp_path, verbose=0)
    scorer = reiqa.train(config, sources, run)
    features = keras.Model(scorer.input, scorer.get_layer("features").output)
    assert described(features).shape == (1, 512)
    assert not (tmp_path / f"{expert}.keras").exists()
    assert scorers.metadata(scorer)["method"] == "reiqa"


@slow_on_jax
def test_content_is_learned_from_photographs_where_there_are_any(sources, tmp_path):
    seen = []

    def pretrain(config, images, run):
        seen.append((config.expert, config.patch_size, images.name))
        return build_encoder(config)

    config = dataclasses.replace(SMALL, content_patch_size=48)
    authentic = dataclasses.replace(sources.images, name="photographs")
    run = trainers.Run(tmp_path, verbose=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "pretrain", pretrain)
        given = dataclasses.replace(sources, authentic_images=authentic)
        training.learned_encoder(config, given, run)
    assert seen == [("quality", 32, "toy"), ("content", 48, "photographs")]


@slow_on_jax
def test_encoders_are_used_instead_of_training(sources, tmp_path):
    config = SMALL.alone("quality")
    encoders = [build_encoder(config, seed=seed) for seed in (1, 2)]
    paths = [tmp_path / "q.keras", tmp_path / "c.keras"]
    for encoder, path in zip(encoders, paths, strict=True):
        encoder.save(path)
    quality, content = (described(encoder) for encoder in encoders)
    labeled = Sources(*sources.labeled())
    for given, expected in (
        ({"encoder": paths[0]}, quality),
        ({"encoders": tuple(paths)}, np.hstack([content, quality])),
    ):
        run = trainers.Run(tmp_path, verbose=0)
        scorer = reiqa.train(SMALL, dataclasses.replace(labeled, **given), run)
        features = keras.Model(scorer.input, scorer.get_layer("features").output)
        np.testing.assert_allclose(described(features), expected, rtol=1e-5)
    scorer.save(tmp_path / "s.keras")
    restored = load_scorer(tmp_path / "s.keras")
    np.testing.assert_array_equal(described(restored), described(scorer))
    np.testing.assert_allclose(
        described(load_encoder(tmp_path / "s.keras")), expected, rtol=1e-5
    )


@slow_on_jax
def test_elastic_net(sources, tmp_path):
    build_encoder(SMALL.alone("quality")).save(tmp_path / "e.keras")
    config = dataclasses.replace(SMALL, regressor="elastic_net", alphas=(0.01, 0.1))
    given = Sources(*sources.labeled(), encoder=tmp_path / "e.keras")
    scorer = reiqa.train(config, given, trainers.Run(tmp_path, verbose=0))
    weights = ops.convert_to_numpy(scorer.get_layer("ridge").kernel)
    assert 0 < np.count_nonzero(weights) < len(weights)


def test_without_epochs_an_expert_is_its_backbone(sources, tmp_path):
    config = dataclasses.replace(SMALL, content_epochs=0).alone("content")
    run = trainers.Run(tmp_path, seed=3, verbose=0)
    encoder = training.pretrain(config, sources.images, run)
    expected = build_encoder(config, seed=3)
    np.testing.assert_array_equal(described(encoder), described(expected))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("backbone", ["mobilenet_v3_small", "resnet18", "vit_tiny"])
def test_other_backbones(backbone):
    config = dataclasses.replace(SMALL, backbone=backbone).alone("quality")
    trainee = build_model(config).trainer(**config.contrast)
    views = np.random.default_rng(0).uniform(0, 255, (2, 4, 32, 32, 3))
    assert jitted(trainee)(views[0].astype("float32")).shape == (4, 16)
    encoder = build_encoder(config)
    assert described(encoder).shape == (
        1,
        2 * build_model(config).trunk.output_shape[-1],
    )


def test_joined_encoders_may_have_equal_names():
    encoder = build_encoder(SMALL.alone("quality"))
    both = described(join(encoder, encoder))[0]
    np.testing.assert_array_equal(both[:512], both[512:])


def test_the_optimizer_of_each_expert():
    config = reiqa.Config()
    quality, content = (
        training.build_optimizer(config.alone(expert), steps_per_epoch=10)
        for expert in ("quality", "content")
    )
    assert isinstance(quality, LARS)
    assert not isinstance(content, LARS)
    assert float(quality.learning_rate) == pytest.approx(0.01)
    assert float(content.learning_rate) == pytest.approx(0.03, rel=0.01)
    assert quality.l2 == content.l2 == 1e-4


def test_an_expert_has_its_own_fields():
    config = reiqa.Config(content_patch_size=96, patch_size=64)
    assert config.alone("content").patch_size == 96
    assert config.alone("content").alone("content") == config.alone("content")
    assert config.alone("quality").patch_size == 64
    assert config.experts == ("quality", "content")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("expert", "some"), ("n_aug", 26), ("n_aug", 0), ("swap", "half")),
        *(("overlap", (0.3, 0.1)), ("overlap", (0.0, 0.1)), ("overlap", (0.5, 1.0))),
        *(("overlap", (0.00001, 0.00002)), ("queue_size", 100), ("scales", 3)),
        *(("negatives", "none"), ("momentum", 1.5), ("alphas", ()), ("patch_size", 8)),
        *(("content_batch_size", 100_000), ("l1_ratio", 0.0), ("regressor", "lasso")),
        *(("learning_rate", 0.0), ("content_learning_rate", -1.0), ("warm_up", 41)),
        *(("content_warm_up", 201), ("weight_decay", -1.0)),
        *(("optimizer_momentum", 1.0), ("optimizer_momentum", -0.1)),
    ],
)
def test_rejects(field, value):
    with pytest.raises(ValueError, match=rf"`{field}`|{field}=") as message:
        reiqa.Config(**{field: value})
    assert len(str(message.value)) < 300


@pytest.mark.parametrize("text", ["overlap=('a','b')", "alphas=('a',)", "epochs=None"])
def test_rejects_elements_of_another_type(text):
    with pytest.raises(ValueError, match=text.split("=")[0]):
        override(reiqa.Config(), parse([text]))


def test_fields_of_the_other_expert_may_be_anything():
    assert reiqa.Config(expert="content", learning_rate=0.0).experts == ("content",)
    assert reiqa.Config(expert="quality", content_warm_up=201).experts == ("quality",)
    assert reiqa.Config(epochs=0).epochs == 0
