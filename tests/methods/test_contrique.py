"""Tests of CONTRIQUE's networks and training."""

import dataclasses
import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops
from PIL import Image

from tests.support.compiled import jitted
from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tests.support.toy_source import toy_source
from tfiqa import trainers
from tfiqa.config.overrides import override
from tfiqa.data.images import of_source
from tfiqa.data.sources import Sources
from tfiqa.methods import contrique
from tfiqa.methods.contrique import batches as pipelines
from tfiqa.methods.contrique import training
from tfiqa.models import CONTRIQUE
from tfiqa.scoring import scorer as scorers
from tfiqa.scoring.serialization import load_scorer

# JAX compiles for every size of picture, which takes minutes.
on_jax = keras.backend.backend() == "jax"
slow_on_jax = pytest.mark.slow if on_jax else lambda test: test

SMALL = override(
    contrique.Config(),
    {
        **contrique.QUICK,
        "crop_size": 32,
        "batch_size": 8,
        "epochs": 3,
        "repeats": 2,
        "projection": 16,
        "versions": 1,
        "versions_per_epoch": 1,
    },
)


def noisy_batches(images, authentic_images, config, *, seed, epochs, part):
    """Noise of three strengths, which are the classes: soon made, soon learned."""
    size, steps = config.crop_size, pipelines.steps_per_epoch(images, None, config)

    def batches():
        for epoch in epochs:
            rng = np.random.default_rng([seed, epoch])
            for _ in range(steps):
                classes = rng.integers(0, 3, config.batch_size).astype("int32")
                strength = 4.0 * 4 ** classes[:, None, None, None]
                shape = (2, config.batch_size, size, size, 3)
                first, second = 128 + strength * rng.uniform(-1, 1, shape)
                yield (first.astype("float32"), second.astype("float32")), classes

    views = tf.TensorSpec((config.batch_size, size, size, 3), tf.float32)
    classes = tf.TensorSpec((config.batch_size,), tf.int32)
    return tf.data.Dataset.from_generator(
        batches, output_signature=((views, views), classes)
    )


@pytest.fixture(scope="module")
def sources():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipelines, "batches", noisy_batches)
        images = of_source(toy_source(32))
        yield Sources(toy_source(20), toy_source(6), images=images)


@pytest.fixture(scope="module")
def finished(sources, tmp_path_factory):
    """A run, and the scorer that came of it."""
    run = trainers.Run(tmp_path_factory.mktemp("run"), verbose=0)
    return run, contrique.train(SMALL, sources, run)


@pytest.fixture(scope="module")
def full():
    """The networks of the paper."""
    return build_trainee(contrique.Config(), seed=3)


def build_model(config, seed=0):
    return CONTRIQUE(**config.network, seed=seed)


def build_trainee(config, seed=0):
    return build_model(config, seed).trainer(**config.contrast)


def weights(model):
    return [ops.convert_to_numpy(weight) for weight in model.weights]


def test_each_view_moves_the_statistics_and_the_whole_moves_the_projectors():
    """Two updates of the trunk's statistics, four of the projector's."""
    trainee = build_trainee(SMALL)
    counts = {"trunk": 0, "projector": 0}

    def counting(layer, kind):
        call = layer.call

        def counted(*args, **kwargs):
            counts[kind] += 1
            return call(*args, **kwargs)

        layer.call = counted

    counting(trainee.network.layers[-1].layers[-1].get_layer("conv1_bn"), "trunk")
    counting(trainee.projector.get_layer("hidden_bn"), "projector")
    views = np.random.default_rng(0).uniform(0, 255, (2, 4, 32, 32, 3))
    trainee([view.astype("float32") for view in views], training=True)
    assert counts == {"trunk": 2, "projector": 4}


def test_statistics_of_a_step_are_those_of_each_view():
    trainee = build_trainee(SMALL)
    views = np.random.default_rng(0).uniform(0, 255, (2, 4, 32, 32, 3))
    views = [view.astype("float32") for view in (views[0], 0.3 * views[1])]
    backbone = trainee.network.layers[-1]
    stem = keras.Model(
        backbone.layers[-1].input, backbone.layers[-1].get_layer("conv1_conv").output
    )
    expected = np.zeros(64)
    for view in views:
        response = ops.convert_to_numpy(stem(view / 255))
        expected = 0.9 * expected + 0.1 * response.mean(axis=(0, 1, 2))
    trainee(views, training=True)
    moved = backbone.layers[-1].get_layer("conv1_bn").moving_mean
    np.testing.assert_allclose(moved, expected, atol=1e-4)


def test_the_whole_is_not_in_the_loss():
    """Embeddings of the parts alone come out: 2 views of 4 pictures of 4 parts."""
    trainee = build_trainee(SMALL)
    views = [np.full((4, 32, 32, 3), level, "float32") for level in (50, 90)]
    assert trainee(views).shape == (2 * 4 * 4, 16)


def test_sets_of_one_class_are_compared_as_classes():
    views = np.random.default_rng(0).uniform(0, 255, (2, 4, 32, 32, 3))
    first, second = views.astype("float32")
    classes = np.array([3, 70, 3, 9], "int32")
    sets = np.stack([classes, np.full(4, -1, "int32")], axis=1)
    alone = build_trainee(SMALL)
    composed = build_trainee(dataclasses.replace(SMALL, sequence=2))
    vectors = alone((first, second))
    expected = float(alone.compute_loss(y=classes, y_pred=vectors))
    result = float(composed.compute_loss(y=sets, y_pred=vectors))
    assert result == pytest.approx(expected, rel=1e-5)
    # Two images that share one of two distortions are positives, too.
    sets[1, 1] = 3
    assert float(composed.compute_loss(y=sets, y_pred=vectors)) != expected


@pytest.mark.parametrize(
    ("decay", "free"),
    [("kernels", 2 * 53 + 2 * 2), ("released", 96)],
)
def test_what_does_not_decay(full, decay, free):
    """The release spares 96 arrays inside of the blocks; all others decay."""
    optimizer = training.build_optimizer(contrique.Config(decay=decay), steps=10)
    paths = [weight.path for weight in full.trainable_weights]
    assert len(paths) == 165
    assert sum(not optimizer.decays(path) for path in paths) == free


def test_kernels_are_drawn_as_torchvision_does(full):
    trunk = full.network.layers[-1].layers[-1]
    kernel = ops.convert_to_numpy(trunk.get_layer("stack1_block0_2_conv").kernel)
    assert kernel.shape == (3, 3, 128, 128)
    assert kernel.std() == pytest.approx((2 / (9 * 128)) ** 0.5, rel=0.02)
    hidden = full.projector.get_layer("hidden").kernel
    assert float(ops.max(ops.abs(hidden))) == pytest.approx(2048**-0.5, rel=1e-3)


def test_the_seed_draws_the_trunk():
    first, again, other = (
        build_trainee(SMALL, seed=seed).network.layers[-1].layers[-1]
        for seed in (3, 3, 4)
    )
    kernels = [
        ops.convert_to_numpy(trunk.get_layer("conv1_conv").kernel)
        for trunk in (first, again, other)
    ]
    np.testing.assert_array_equal(kernels[0], kernels[1])
    assert np.abs(kernels[0] - kernels[2]).max() > 0


@pytest.mark.parametrize("backbone", ["mobilenet_v3_small", "resnet18"])
def test_other_backbones(backbone):
    encoder = build_model(dataclasses.replace(SMALL, backbone=backbone))
    images = toy_image(3)[None].astype("float32")
    result = ops.convert_to_numpy(jitted(encoder)(images))
    assert result.shape == (1, 2 * encoder.trunk.output_shape[-1])
    np.testing.assert_allclose(np.linalg.norm(result, axis=1), 2**0.5, rtol=1e-4)


def test_it_learns_and_reports(finished):
    run, scorer = finished
    log = json.loads((run.folder / "state-0002" / "log.json").read_text())["log"]
    assert log[-1]["loss"] < log[0]["loss"] - 0.5
    report = run.report["regression"]
    assert report["repeats"] == 2
    assert len(report["srocc"]) == 2
    assert report["alpha"] in SMALL.alphas
    encoder = keras.saving.load_model(run.folder / "encoder.keras", compile=False)
    image = toy_image(5)[None].astype("float32")
    result = ops.convert_to_numpy(jitted(encoder)(image))
    assert result.shape == (1, 512)
    features = keras.Model(scorer.input, scorer.get_layer("features").output)
    again = ops.convert_to_numpy(jitted(features)(image))
    np.testing.assert_array_equal(result, again)


@slow_on_jax
def test_a_killed_run_goes_on_to_the_same_weights(
    sources, finished, tmp_path, monkeypatch
):

    class Killed(Exception):
        pass

    class Kill(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise Killed

    fit = trainers.fit
    with monkeypatch.context() as patch:
        patch.setattr(trainers, "fit", lambda *a, **k: fit(*a, callbacks=[Kill()], **k))
        with pytest.raises(Killed):
            contrique.train(SMALL, sources, trainers.Run(tmp_path, verbose=0))
    run = trainers.Run(tmp_path, resume=True, verbose=0)
    resumed = contrique.train(SMALL, sources, run)
    for one, other in zip(weights(finished[1]), weights(resumed), strict=True):
        np.testing.assert_array_equal(one, other)


@slow_on_jax
def test_an_encoder_is_used_instead_of_pretraining(sources, tmp_path):
    encoder = build_model(SMALL, seed=5).encoder()
    encoder.save(tmp_path / "e.keras")
    given = dataclasses.replace(sources, images=None, encoder=tmp_path / "e.keras")
    folder = tmp_path / "run"
    folder.mkdir()
    scorer = contrique.train(SMALL, given, trainers.Run(folder, verbose=0))
    image = toy_image(5)[None].astype("float32")
    features = keras.Model(scorer.input, scorer.get_layer("features").output)
    np.testing.assert_array_equal(features(image), encoder(image))
    assert (folder / "encoder.keras").exists()


def test_without_unlabelled_pictures_there_is_nothing_to_learn_from(sources, tmp_path):
    with pytest.raises(ValueError, match="without scores"):
        contrique.check(
            SMALL, dataclasses.replace(sources, images=None), trainers.Run(tmp_path)
        )


@slow_on_jax
def test_half_precision_trains_and_the_scorer_is_single(sources, tmp_path):
    config = dataclasses.replace(SMALL, epochs=2)
    run = trainers.Run(tmp_path, mixed_precision=True, verbose=0)
    scorer = contrique.train(config, sources, run)
    log = json.loads((tmp_path / "state-0001" / "log.json").read_text())["log"]
    assert log[-1]["loss"] < log[0]["loss"]
    assert {weight.dtype for weight in scorer.weights} == {"float32"}
    trunk = scorer.get_layer("features").network.layers[-1].layers[-1]
    assert trunk.layers[2].compute_dtype == "float32"
    assert np.isfinite(float(scorer(toy_image(3)[None].astype("float32"))[0, 0]))


def named(source):
    """The source, whose pictures are all of one scene."""
    examples = source.examples.map(
        lambda row: {**row, "reference_id": tf.constant("scene")}
    )
    return dataclasses.replace(source, examples=examples)


@slow_on_jax
def test_full_reference(sources, tmp_path):
    """With one reference of all, identical pictures get the intercept."""
    Image.fromarray(toy_image(0)).save(tmp_path / "scene.png")
    labeled = [named(source) for source in sources.labeled()]
    encoder = build_model(SMALL).encoder()
    encoder.save(tmp_path / "e.keras")
    given = Sources(*labeled, encoder=tmp_path / "e.keras")
    config = dataclasses.replace(SMALL, references=str(tmp_path))
    run = trainers.Run(tmp_path, verbose=0)
    scorer = contrique.train(config, given, run)
    image, other = (toy_image(index)[None].astype("float32") for index in (0, 8))
    bias = float(ops.convert_to_numpy(scorer.get_layer("ridge").bias)[0])
    assert float(scorer([image, image])[0, 0]) == pytest.approx(bias)
    assert abs(float(scorer([other, image])[0, 0]) - bias) > 1
    assert scorers.metadata(scorer)["method"] == "contrique"
    assert run.report["references"] == str(tmp_path)
    scorer.save(tmp_path / "s.keras")
    restored = load_scorer(tmp_path / "s.keras")
    np.testing.assert_array_equal(restored([other, image]), scorer([other, image]))
    unnamed = dataclasses.replace(sources, encoder=tmp_path / "e.keras")
    with pytest.raises(ValueError, match="reference_id"):
        contrique.check(config, unnamed, run)


def test_references_and_encoders_are_opened_before_anything_is_learned(
    sources, tmp_path
):
    def refused(message, config=SMALL, **given):
        run = trainers.Run(tmp_path / "run")
        with pytest.raises(ValueError, match=message):
            contrique.check(config, dataclasses.replace(sources, **given), run)

    parts = {"train": named(sources.train), "validation": named(sources.validation)}
    config = dataclasses.replace(SMALL, references="/no/such")
    refused("reference image or a folder.*/no/such", config, **parts)
    text, scorer = tmp_path / "text.keras", tmp_path / "scorer.keras"
    text.write_text("no model")
    refused(r"`\.keras` file.*text", encoder=text)
    toy_scorer().save(scorer)
    refused(r"of contrique is expected.*scorer\.keras.*of toy", encoder=scorer)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("decay", "some"), ("lab", "none"), ("colors", ("red",)), ("colors", ())),
        *(
            ("crop_size", 16),
            ("batch_size", 1),
            ("versions", 0),
            ("alphas", ()),
            ("versions_per_epoch", 0),
        ),
        *(("versions", 127), ("alphas", (1.0, -1.0)), ("alphas", (float("inf"),))),
        *(("temperature", 0.0), ("projection", 0), ("grid", 0), ("epochs", 0)),
        *(("learning_rate", -1.0), ("loss_weight", -1.0), ("weight_decay", -1.0)),
        *(("momentum", 2.0), ("warm_up", 1.5), ("warm_up", float("nan"))),
        *(("repeats", -1), ("learning_rate", float("inf"))),
    ],
)
def test_rejects(field, value):
    with pytest.raises(ValueError, match=rf"`{field}`"):
        contrique.Config(**{field: value})
