"""Tests of what exports refuse, and of how they say so."""

import keras
import pytest
import tensorflow as tf

from tests.support.toy_scorer import METADATA
from tests.support.toy_scorer import toy_scorer
from tfiqa import layers
from tfiqa.export import conversion
from tfiqa.export import onnx
from tfiqa.export import saved_model
from tfiqa.export import tflite


def test_float64_is_told(tmp_path):
    class Double(keras.layers.Layer):
        def call(self, images):
            return tf.cast(tf.math.digamma(tf.cast(images, "float64")), "float32")

    images = keras.Input((None, None, 3))
    features = keras.layers.GlobalAveragePooling2D(name="features")(Double()(images))
    quality = keras.layers.Dense(1)(features)
    scorer = keras.Model(images, layers.MOS(metadata=METADATA)(quality, images))
    with pytest.raises(ValueError, match=r"Received: Digamma \(on float64"):
        conversion.converted(scorer)


def test_operations_are_named_once():
    message = "Flex ops: FlexA, FlexB\n'tf.A' op requires\n'tf.A' op is neither"
    assert str(conversion._explained(Exception(message))).endswith("Received: A, B")


def test_sizes_below_the_least_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"4 pixels or more.*size=\(3, 30\)"):
        tflite.export(toy_scorer(), tmp_path / "a.tflite", size=(3, 30))


def test_nothing_to_take_ranges_from_is_told(tmp_path):
    file = str(tmp_path / "a.tflite")
    with pytest.raises(ValueError, match=r"representative=\[\]"):
        tflite.export(toy_scorer(), file, precision="int8", representative=[])


def test_models_that_are_neither_scorer_nor_encoder_are_named(tmp_path):
    images = keras.Input((None, None, 3))
    maps = keras.Model(images, keras.layers.Conv2D(2, 3)(images), name="maps")
    with pytest.raises(ValueError, match=r"An encoder from .*Received: 'maps', from"):
        saved_model.export(maps, tmp_path / "model")


@pytest.mark.parametrize("key", ["method", "dataset", "mos_range", "unit", "version"])
def test_missing_metadata_are_named(tmp_path, key):
    scorer = toy_scorer()
    del scorer.layers[-1].metadata[key]
    for module, name in ((saved_model, "a"), (tflite, "a.tflite"), (onnx, "a.onnx")):
        with pytest.raises(ValueError, match=rf"Received: 'toy', which lacks {key}"):
            module.export(scorer, tmp_path / name)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("ends", [[5.0, 5.0], "ab", [1.0]])
def test_invalid_ranges_are_named(tmp_path, ends):
    with pytest.raises(ValueError, match=r"Received: .*mos_range="):
        saved_model.export(toy_scorer(mos_range=ends), tmp_path / "a")
