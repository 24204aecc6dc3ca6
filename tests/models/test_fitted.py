"""Tests of the models that are fitted in one pass, from plain Python."""

import dataclasses
import inspect

import keras
import numpy as np
import pytest
from keras import ops

import tfiqa
from tests.layers.test_aggd import require_double
from tests.models.plain import SLIM
from tests.models.plain import images
from tests.support.compiled import jitted
from tests.support.toy_scorer import toy_image
from tfiqa import models
from tfiqa.methods import ilniqe
from tfiqa.methods import linear_probe
from tfiqa.methods import niqe
from tfiqa.scoring import scorer as scorers

MODELS = {
    "niqe": lambda: models.NIQE(size=16),
    "ilniqe": lambda: models.ILNIQE(side=132, size=16, sharpest=0.0),
    "linear_probe": lambda: models.LinearProbe(**SLIM, tile_size=32),
}


@pytest.fixture(params=MODELS)
def name(request):
    if request.param != "linear_probe":
        require_double()
    return request.param


def pristine_images():
    return [toy_image(index, 64, 64) for index in range(8)]


def scorer_of(name):
    if name == "linear_probe":
        return MODELS[name]().fitted(images(8), np.linspace(1, 5, 8), dataset="toy")
    return MODELS[name]().fitted(pristine_images(), dataset="toy")


def test_fitted_returns_a_scorer(name, tmp_path):
    scorer = scorer_of(name)
    metadata = scorers.metadata(scorer)
    assert (metadata["method"], metadata["dataset"]) == (name, "toy")
    scorer.save(tmp_path / "scorer.keras")
    loaded = tfiqa.load_scorer(tmp_path / "scorer.keras")
    score = scorers.predictor(loaded)(toy_image(5, 48, 64))
    assert np.isfinite(score)
    assert score == pytest.approx(
        scorers.predictor(scorer)(toy_image(5, 48, 64)), rel=1e-5
    )


def test_compile_and_fit_name_what_to_call(name):
    model = MODELS[name]()
    for call in (lambda: model.compile("adam"), lambda: model.fit(images(2))):
        with pytest.raises(TypeError, match=rf"`{type(model).__name__}\(...\).fitted"):
            call()


def test_describes_images_and_survives_saving(name, tmp_path):
    model = MODELS[name]()
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert type(again) is type(model)
    assert again.get_config() == model.get_config()
    result, expected = (
        scorers.reader(one)(toy_image(6, 64, 64)) for one in (again, model)
    )
    assert result.shape == model.output_shape[1:]
    np.testing.assert_array_equal(result, expected)


def test_a_linear_probe_learns_what_its_features_hold():
    scores = np.linspace(1, 5, 8)
    scorer = models.LinearProbe(**SLIM, tile_size=32).fitted(
        images(8), scores[:, None], alphas=(1e-2, 1e2), mos_range=(0, 9), unit="stars"
    )
    result = [scorers.predictor(scorer)(image) for image in images(8)]
    assert np.corrcoef(result, scores)[0, 1] > 0.5
    metadata = scorers.metadata(scorer)
    assert (metadata["mos_range"], metadata["unit"]) == ([0.0, 9.0], "stars")


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ([1.0, 2.0, 3.0], "3 scores, 2 images"),
        ([1.0, float("nan")], "1 of 2"),
    ],
)
def test_each_image_needs_a_finite_score(scores, message):
    probe = models.LinearProbe(**SLIM, tile_size=32)
    with pytest.raises(ValueError, match=message):
        probe.fitted(images(2), scores)


DEFAULTS = [
    (models.NIQE, dataclasses.asdict(niqe.Config())),
    (models.ILNIQE, dataclasses.asdict(ilniqe.Config())),
    (models.LinearProbe, linear_probe.Config(backbone_weights=None).network),
]


@pytest.mark.parametrize(("kind", "values"), DEFAULTS)
def test_the_defaults_are_the_papers(kind, values):
    parameters = inspect.signature(kind.__init__).parameters
    for argument, value in values.items():
        assert parameters[argument].default == value, argument


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="`stages` must be one of all, last"):
        models.LinearProbe(**SLIM, stages="first")
    with pytest.raises(ValueError, match="side=50, size=84"):
        models.ILNIQE(side=50)


def test_a_linear_probe_is_frozen():
    probe = models.LinearProbe(**SLIM, tile_size=32)
    assert not probe.trainable_weights
    result = ops.convert_to_numpy(jitted(probe)(np.stack(images(2)).astype("float32")))
    assert result.shape == (2, 2 * 2 * (64 + 64 + 128 + 256))
