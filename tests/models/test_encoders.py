"""Tests of the encoders that learn without scores, from plain Python."""

import inspect

import keras
import numpy as np
import pytest
from keras import ops

import tfiqa
from tests.models.plain import SLIM
from tests.models.plain import batch
from tests.models.plain import images
from tests.support.compiled import jitted
from tfiqa import losses
from tfiqa import models
from tfiqa import pristine
from tfiqa.methods import contentsep
from tfiqa.methods import contrique
from tfiqa.methods import reiqa
from tfiqa.scoring import scorer as scorers
from tfiqa.scoring.encoder import load_encoder

ENCODERS = {
    "contrique": lambda: models.CONTRIQUE(**SLIM),
    "reiqa": lambda: models.ReIQA(**SLIM, expert="content"),
    "contentsep": lambda: models.ContentSep(**SLIM),
}


@pytest.fixture(params=ENCODERS)
def name(request):
    return request.param


def described(model, image):
    return ops.convert_to_numpy(jitted(model)(image[None].astype("float32")))


def moved(model, fit):
    """Returns whether `fit` changed a kernel of an encoder, and what it logged."""
    kernel = next(w for w in model.trainable_weights if w.name == "kernel")
    before = ops.convert_to_numpy(kernel).copy()
    log = fit().history
    assert np.isfinite(log["loss"]).all()
    return bool(np.abs(ops.convert_to_numpy(kernel) - before).max() > 0)


def test_fit_of_contrique_trains_the_encoder():
    model = models.CONTRIQUE(**SLIM)
    trainer = model.trainer(projection=16)
    trainer.compile(keras.optimizers.SGD(0.05))
    views = (batch(8), batch(8)[:, ::-1])
    classes = np.arange(8) % 3
    assert moved(model, lambda: trainer.fit(views, classes, batch_size=4, verbose=0))


def test_fit_of_reiqa_trains_the_encoder():
    model = models.ReIQA(**SLIM)
    trainer = model.trainer(queue_size=8, projection=16)
    trainer.compile(keras.optimizers.SGD(0.05))
    views = batch(8), batch(8)[:, ::-1]
    assert moved(model, lambda: trainer.fit(*views, batch_size=4, verbose=0))


def test_fit_of_contentsep_trains_the_encoder():
    model = models.ContentSep(**SLIM)
    crops = keras.Input((32, 32, 3))
    shares = keras.layers.Dense(5, activation="softmax")
    content = keras.Model(crops, shares(keras.layers.Flatten()(crops / 255)))
    trainer = model.trainer(content, predictor_width=16, penalty=1.0)
    trainer.compile(*(keras.optimizers.SGD(rate) for rate in (0.01, 0.01, 0.01)))
    views = np.stack([batch(8), batch(8)[:, ::-1]], axis=1)
    assert moved(model, lambda: trainer.fit(views, batch_size=4, verbose=0))
    trainer.penalize()
    log = trainer.fit(views, batch_size=4, verbose=0).history
    assert log["information"] != [0.0]


def test_fit_of_scenes_trains_the_encoder_of_contentsep():
    model = models.ContentSep(**SLIM)
    trainer = model.scene_trainer(versions=2, side=32)
    trainer.compile(keras.optimizers.SGD(0.01), losses.SceneContrast())
    views = np.stack(images(16, 32)).reshape(4, 2, 2, 32, 32, 3)
    fit = {"y": np.zeros(4), "batch_size": 2, "verbose": 0}
    assert moved(model, lambda: trainer.fit(views, **fit))


def test_survives_saving(name, tmp_path):
    model = ENCODERS[name]()
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert type(again) is type(model)
    image = images(1)[0]
    np.testing.assert_array_equal(described(again, image), described(model, image))


def test_published_weights_stay_normalized_after_saving():
    for kind in (models.CONTRIQUE, models.ReIQA):
        model = kind(**SLIM, normalized=True)
        again = kind.from_config(model.get_config())
        for one in (model, again):
            scale = one.trunk.layers[-1].get_layer("normalize").scale
            assert np.max(np.asarray(scale)) > 1 / 100  # Not 1 / 255.


def test_the_plain_encoder_is_one_of_the_commands(name, tmp_path):
    model = ENCODERS[name]()
    encoder = model.encoder()
    assert type(encoder) is type(keras.Model(encoder.input, encoder.output))
    encoder.save(tmp_path / "encoder.keras")
    loaded = load_encoder(tmp_path / "encoder.keras")
    image = images(1)[0]
    np.testing.assert_array_equal(described(loaded, image), described(model, image))


def test_scores_are_regressed_on_the_features(name, tmp_path):
    model = ENCODERS[name]()
    mos = np.linspace(1, 5, 8)
    scorer = model.scorer(images(8), mos, alphas=(1e-3, 1e3), dataset="toy")
    scorer.save(tmp_path / "scorer.keras")
    score = scorers.predictor(tfiqa.load_scorer(tmp_path / "scorer.keras"))
    result = [score(image) for image in images(8)]
    assert np.corrcoef(result, mos)[0, 1] > 0.5
    metadata = scorers.metadata(scorer)
    assert (metadata["method"], metadata["mos_range"]) == (name, [1.0, 5.0])


def test_contentsep_is_fitted_to_pristine_images():
    model = models.ContentSep(**SLIM)
    scoring = pristine.Scoring(patch_size=16, stride=8)
    scorer = model.fitted(images(8), scoring=scoring, dataset="toy")
    assert scorers.predictor(scorer)(images(3)[2]) < 0
    assert scorers.metadata(scorer)["dataset"] == "toy"


DEFAULTS = [
    (models.CONTRIQUE.__init__, contrique.Config().network),
    (models.CONTRIQUE.trainer, contrique.Config().contrast),
    (models.ReIQA.__init__, reiqa.Config().alone("quality").network),
    (models.ReIQA.trainer, reiqa.Config().alone("quality").contrast),
    (models.ContentSep.__init__, contentsep.Config().network),
]


@pytest.mark.parametrize(("function", "values"), DEFAULTS)
def test_the_defaults_are_the_papers(function, values):
    parameters = inspect.signature(function).parameters
    for argument, value in values.items():
        assert parameters[argument].default == value, argument


@pytest.mark.parametrize(
    ("build", "argument"),
    [
        (lambda: models.ReIQA(**SLIM, expert="both"), "expert"),
        (lambda: models.ContentSep(**SLIM, levels=2), "levels"),
        (lambda: models.ContentSep(**SLIM, normalization="mean"), "normalization"),
        (
            lambda: models.ContentSep(**SLIM, levels=5, normalization="imagenet"),
            "normalization",
        ),
        (lambda: models.CONTRIQUE(backbone="resnet"), "name"),
    ],
)
def test_wrong_arguments_are_named(build, argument):
    with pytest.raises(ValueError, match=f"`{argument}` must"):
        build()
