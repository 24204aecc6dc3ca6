"""Tests of predictors that stay with their scorer."""

import gc
import weakref

import keras
import numpy as np
import pytest
from PIL import Image

import tfiqa
from tests.support.toy_scorer import METADATA
from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa import layers
from tfiqa.scoring.scorer import predictor
from tfiqa.scoring.scorer import set_coverage

if keras.backend.backend() != "tensorflow":
    pytest.skip("only TensorFlow traces", allow_module_level=True)


class Counting(layers.PatchMean):
    """Counts how often it is traced."""

    calls = 0

    def call(self, images):
        Counting.calls += 1
        return super().call(images)


def counting_scorer():
    images = keras.Input((None, None, 3))
    crop = keras.Input((8, 8, 3))
    network = keras.Model(crop, keras.layers.GlobalAveragePooling2D()(crop))
    features = Counting(network, 8, name="features")(images)
    quality = keras.layers.Dense(1, name="quality")(features)
    return keras.Model(images, layers.MOS(metadata=METADATA)(quality, images))


def test_files_are_scored_twice_with_one_trace(tmp_path):
    Image.fromarray(toy_image(3)).save(tmp_path / "a.png")
    scorer = counting_scorer()
    (row,) = tfiqa.score_files(tmp_path, scorer)
    traced = Counting.calls
    (again,) = tfiqa.score_files(tmp_path, scorer)
    assert Counting.calls == traced
    assert again == row

    (full,) = tfiqa.score_files(tmp_path, scorer, coverage="full")
    assert Counting.calls > traced
    assert full.score != row.score


def test_a_predictor_is_kept():
    scorer = toy_scorer()
    assert predictor(scorer) is predictor(scorer)
    assert predictor(scorer) is not predictor(toy_scorer())


def test_another_coverage_is_another_predictor():
    scorer = toy_scorer(16)
    image = toy_image(1, 200, 300)
    before = predictor(scorer)
    by_grid = before(image)
    set_coverage(scorer, "full")
    assert predictor(scorer)(image) != by_grid
    set_coverage(scorer, "grid")
    assert predictor(scorer)(image) == by_grid


def test_other_settings_are_another_predictor():
    scorer = toy_scorer()
    before = predictor(scorer)(toy_image(1))
    scorer.layers[-1].offset += 7
    assert predictor(scorer)(toy_image(1)) == pytest.approx(before + 7, rel=1e-5)
    known = predictor(scorer)
    scorer.get_layer("features").at_once = True
    assert predictor(scorer) is not known


def test_weights_may_change():
    scorer = toy_scorer()
    predict = predictor(scorer)
    before = predict(toy_image(1))
    head = scorer.get_layer("quality")
    head.set_weights([2 * weight for weight in head.get_weights()])
    assert predictor(scorer) is predict
    assert predict(toy_image(1)) == pytest.approx(2 * before)


def test_a_scorer_without_a_config_has_a_new_predictor_each_time():
    class Unsaved(keras.layers.Layer):
        def get_config(self):
            raise NotImplementedError

        def call(self, images):
            return images

    images = keras.Input((None, None, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(Unsaved()(images))
    quality = keras.layers.Dense(1)(pooled)
    scorer = keras.Model(images, layers.MOS(metadata=METADATA)(quality, images))
    assert predictor(scorer) is not predictor(scorer)
    assert np.isfinite(predictor(scorer)(toy_image(1)))


def test_scorers_and_predictors_go():
    scorer = toy_scorer()
    predict = predictor(scorer)
    predict(toy_image(1))
    known = weakref.ref(scorer), weakref.ref(predict)
    del scorer, predict
    gc.collect()
    assert [reference() for reference in known] == [None, None]
