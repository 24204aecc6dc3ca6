"""Tests of HyperIQA as an ordinary Keras model."""

import inspect

import keras
import numpy as np
import pytest
from keras import ops

from tests.models.plain import SLIM
from tests.models.plain import batch
from tests.models.plain import images
from tests.support.compiled import jitted
from tests.support.fresh import run_fresh
from tfiqa import metrics
from tfiqa import models
from tfiqa.methods import hyperiqa
from tfiqa.models import hyperiqa_network
from tfiqa.scoring import scorer as scorers

SMALL = {**SLIM, "crop_size": 32, "hidden": (8, 4), "content_length": 64}
SCORES = np.arange(8, dtype="float32")


def test_compiles_fits_and_predicts_like_any_other_model():
    keras.utils.set_random_seed(0)
    model = models.HyperIQA(**SMALL)
    assert isinstance(model, keras.Model)
    model.compile(
        keras.optimizers.Adam(1e-3),
        "mean_absolute_error",
        metrics=[metrics.SROCC(capacity=8)],
    )
    log = model.fit(batch(), SCORES, batch_size=4, epochs=4, verbose=0).history
    assert log["loss"][-1] < log["loss"][0]
    assert np.isfinite(log["srocc"]).all()
    assert model.predict(batch(), verbose=0).shape == (8, 1)


def test_survives_saving_with_its_optimizer(tmp_path):
    model = models.HyperIQA(**SMALL)
    model.compile("adam", "mean_absolute_error", metrics=[metrics.PLCC(capacity=8)])
    model.fit(batch(), SCORES, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert type(again) is models.HyperIQA
    expected = model.predict(batch(), verbose=0)
    np.testing.assert_array_equal(again.predict(batch(), verbose=0), expected)
    again.fit(batch(), SCORES, verbose=0)


def test_the_scorer_is_of_any_size_shares_weights_and_maps_units():
    model = models.HyperIQA(**SMALL)
    scorer = model.scorer(
        mos_range=(1, 5), scale=2.0, offset=3.0, dataset="toy", grid=1
    )
    image = batch(1)
    quality = ops.convert_to_numpy(model(image, training=False))
    result = ops.convert_to_numpy(jitted(scorer)(image))
    np.testing.assert_allclose(result, 2 * quality + 3, rtol=1e-5)
    assert np.isfinite(scorers.predictor(scorer)(images(1, side=70)[0]))
    metadata = scorers.metadata(scorer)
    assert metadata["mos_range"] == [1.0, 5.0]
    assert (metadata["method"], metadata["dataset"]) == ("hyperiqa", "toy")
    kernel = model.get_layer("hyper_conv_1").kernel
    assert any(kernel is weight for weight in scorer.weights)


def test_the_file_of_a_scorer_does_not_need_the_class(tmp_path):
    scorer = models.HyperIQA(**SMALL).scorer(mos_range=(0, 100), resize=(48, 40))
    scorer.save(tmp_path / "scorer.keras")
    code = (
        "import sys, tfiqa; tfiqa.load_scorer(sys.argv[1]); "
        "assert 'tfiqa.models.hyperiqa' not in sys.modules"
    )
    run_fresh(code, tmp_path / "scorer.keras")


def test_the_defaults_are_the_papers_without_a_download():
    config = hyperiqa.Config(backbone_weights=None)
    for function in (models.HyperIQA.__init__, hyperiqa_network.build_network):
        parameters = inspect.signature(function).parameters
        for name, value in config.network.items():
            assert parameters[name].default == value, name
    parameters = inspect.signature(models.HyperIQA.scorer).parameters
    for name, value in config.cutting.items():
        assert parameters[name].default == value, name


@pytest.mark.parametrize(
    ("argument", "value"),
    [("crop_size", 100), ("initialization", "torch"), ("hidden", ())],
)
def test_wrong_arguments_are_named(argument, value):
    with pytest.raises(ValueError, match=f"`{argument}` must"):
        models.HyperIQA(**{**SMALL, argument: value})
