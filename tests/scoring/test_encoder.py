"""Tests of the loading of encoders."""

import keras
import numpy as np
import pytest
from keras import ops

from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa.data.sources import Sources
from tfiqa.scoring.encoder import load_encoder
from tfiqa.scoring.serialization import load_scorer

IMAGES = toy_image(0)[None].astype("float32")


def saved(outputs_of, path):
    images = keras.Input((None, None, 3))
    model = keras.Model(images, outputs_of(images))
    model.save(path)
    return model


def assert_same(result, expected):
    one, other = (ops.convert_to_numpy(model(IMAGES)) for model in (result, expected))
    np.testing.assert_array_equal(one, other)


def test_an_encoder_comes_back(tmp_path):
    path = tmp_path / "encoder.keras"
    pool = keras.layers.GlobalAveragePooling2D(name="any_name")
    model = saved(lambda x: pool(keras.layers.Conv2D(5, 3)(x)), path)
    result = load_encoder(path)
    assert_same(result, model)
    assert len(result.get_weights()) == len(model.get_weights())


def test_a_scorer_holds_an_encoder(tmp_path):
    scorer = toy_scorer()
    scorer.save(tmp_path / "scorer.keras")
    features = keras.Model(scorer.input, scorer.get_layer("features").output)
    assert_same(load_encoder(tmp_path / "scorer.keras"), features)


def test_a_preset_holds_an_encoder():
    scorer = load_scorer("brisque")
    features = keras.Model(scorer.input, scorer.get_layer("features").output)
    assert_same(load_encoder("brisque"), features)


def test_a_model_without_vectors_is_told(tmp_path):
    path = tmp_path / "m.keras"
    saved(keras.layers.Conv2D(2, 1), path)
    with pytest.raises(ValueError, match=r"to `\(batch, d\)`.*None, None, 2"):
        load_encoder(path)


def test_a_model_of_two_pictures_is_told(tmp_path):
    images, references = keras.Input((8, 8, 3)), keras.Input((8, 8, 3))
    both = keras.layers.GlobalAveragePooling2D()(images - references)
    keras.Model([images, references], both).save(tmp_path / "m.keras")
    with pytest.raises(ValueError, match="with its reference"):
        load_encoder(tmp_path / "m.keras")


def test_files_that_are_none_are_told(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"absent\.keras"):
        load_encoder(tmp_path / "absent.keras")
    with pytest.raises(ValueError, match=r"in a `\.keras` file"):
        load_encoder(__file__)
    with pytest.raises(ValueError, match="encoder=None"):
        Sources().pretrained()


def test_a_model_of_no_pictures_is_told(tmp_path):
    numbers = keras.Input((4,))
    keras.Model(numbers, keras.layers.Dense(2)(numbers)).save(tmp_path / "m.keras")
    with pytest.raises(ValueError, match=r"from \(None, 4\)"):
        load_encoder(tmp_path / "m.keras")


def test_other_methods_encoders_are_told(tmp_path):
    """A scorer tells its method, and an encoder by its name; others are taken."""
    scorer, encoder = toy_scorer(), tmp_path / "encoder.keras"
    scorer.save(tmp_path / "scorer.keras")
    load_encoder(tmp_path / "scorer.keras", method="toy")
    with pytest.raises(ValueError, match=r"An encoder of contrique.*which is of toy"):
        load_encoder(tmp_path / "scorer.keras", method="contrique")
    for name in ("contrique_encoder", "anything"):
        features = scorer.get_layer("features").output
        keras.Model(scorer.input, features, name=name).save(encoder)
        load_encoder(encoder, method="contrique")
        load_encoder(encoder)
    keras.Model(scorer.input, features, name="reiqa_encoder").save(encoder)
    with pytest.raises(ValueError, match=r"which is of reiqa"):
        load_encoder(encoder, method="contrique")
