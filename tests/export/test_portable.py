"""Scorers whose linear algebra LiteRT lacks are exported in another form."""

import keras

from tests.toy_source import toy_source
from tfiqa import pristine
from tfiqa.data.images import of_source
from tfiqa.export import saved_model
from tfiqa.export import tflite
from tfiqa.export.pictures import generated


def distance_scorer():
    images = keras.Input((None, None, 3))
    kernel = keras.initializers.RandomNormal(0, 0.2, seed=1)
    x = keras.layers.Rescaling(1 / 255)(images)
    x = keras.layers.Conv2D(8, 5, activation="relu", kernel_initializer=kernel)(x)
    encoder = keras.Model(images, keras.layers.GlobalAveragePooling2D()(x))
    scoring = pristine.Scoring(patch_size=32, stride=16)
    pictures = of_source(toy_source(20))
    return pristine.distance_scorer(encoder, pictures, scoring, method="toy", seed=0)


def test_a_distance_is_the_same_in_both_exports(tmp_path):
    scorer = distance_scorer()
    pictures = generated(8, min_side=32)
    saved_model.export(scorer, tmp_path / "saved_model", pictures=pictures)
    found = tflite.export(scorer, tmp_path / "scorer.tflite", pictures=pictures)
    assert found.largest <= 1e-3  # Of 100.
    assert not scorer.get_layer("distance").portable
