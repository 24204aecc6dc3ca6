"""Scorers whose linear algebra LiteRT lacks are exported in another form."""

import keras
import pytest

from tests.support.toy_source import toy_source
from tfiqa import pristine
from tfiqa.data.images import of_source
from tfiqa.export import onnx
from tfiqa.export import onnx_file
from tfiqa.export import saved_model
from tfiqa.export import tflite
from tfiqa.export.images import generated


def distance_scorer():
    images = keras.Input((None, None, 3))
    kernel = keras.initializers.RandomNormal(0, 0.2, seed=1)
    x = keras.layers.Rescaling(1 / 255)(images)
    x = keras.layers.Conv2D(8, 5, activation="relu", kernel_initializer=kernel)(x)
    encoder = keras.Model(images, keras.layers.GlobalAveragePooling2D()(x))
    scoring = pristine.Scoring(patch_size=32, stride=16)
    images = of_source(toy_source(20)).first_epoch(seed=0)
    return pristine.distance_scorer(
        encoder, images, scoring, method="toy", dataset="toy"
    )


@pytest.fixture(scope="module")
def scorer():
    return distance_scorer()


def test_a_distance_is_the_same_in_both_exports(scorer, tmp_path):
    images = generated(8, min_side=32)
    saved_model.export(scorer, tmp_path / "saved_model", images=images)
    result = tflite.export(scorer, tmp_path / "scorer.tflite", images=images)
    assert result.largest <= 1e-3  # Of 100.
    assert not scorer.get_layer("distance").portable


def test_a_distance_needs_no_more_than_half_precision_of_its_constants(
    scorer, tmp_path
):
    images = generated(8, min_side=32)
    file = tmp_path / "scorer.tflite"
    result = tflite.export(scorer, file, precision="float16", images=images)
    assert result.pearson > 0.9999
    assert result.largest < 1


def test_integers_reach_convolutions_that_loop_otherwise(scorer, tmp_path):
    result = tflite.export(
        scorer,
        tmp_path / "scorer.tflite",
        precision="int8",
        images=generated(24, min_side=32),
        representative=generated(8, size=(64, 80), first=100),
    )
    assert result.srocc >= 0.99
    assert not scorer.get_layer("patches").at_once


def test_onnx_is_written_from_the_portable_form(scorer, tmp_path, monkeypatch):
    seen = []

    class Written(Exception):
        pass

    def write(model, file):
        seen.append(model.model.get_layer("distance").portable)
        raise Written

    monkeypatch.setattr(onnx_file, "_package", lambda: None)
    monkeypatch.setattr(onnx_file, "_write", write)
    with pytest.raises(Written):
        onnx.export(scorer, tmp_path / "scorer.onnx")
    assert seen == [True]
    assert not scorer.get_layer("distance").portable
