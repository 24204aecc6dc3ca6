"""Tests of scorers in files without their trunk."""

import keras
import numpy as np
import pytest

from tests.support.toy_scorer import METADATA
from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa import layers
from tfiqa.backbones import efficientnet_lite
from tfiqa.backbones import efficientnet_lite_weights
from tfiqa.layers.map_statistics import MapStatistics
from tfiqa.layers.standardized_dense import StandardizedDense
from tfiqa.scoring import trunkless

NAME = "efficientnet_lite0"


@pytest.fixture(scope="module")
def scorer():
    trunk = efficientnet_lite.on_pixels(
        efficientnet_lite_weights.published_network(NAME)
    )
    images = keras.Input((None, None, 3), name="images")
    x = MapStatistics(trunk, 128, extremes=[0, 1], name="features")(images)
    x = StandardizedDense(8, name="hidden")(x)
    x = keras.layers.Dense(1, name="quality")(x)
    x = keras.layers.Rescaling(3.0, 40.0, name="raw_mos")(x)
    mos = layers.MOS(2.0, 1.0, metadata=METADATA)(x, images)
    return layers.Scorer(images, mos, name="frozen_trunk")


def scores(model):
    images = np.stack([toy_image(3), toy_image(8)]).astype("float32")
    return keras.ops.convert_to_numpy(model(images))


def test_a_file_without_its_trunk_is_small_and_scores_the_same(scorer, tmp_path):
    path = trunkless.write_preset(scorer, tmp_path / "new", "small")
    assert path == tmp_path / "new" / "small.keras"
    assert path.stat().st_size < 400_000
    head = keras.saving.load_model(path)
    assert trunkless.is_trunkless(head)
    assert not trunkless.is_trunkless(scorer)
    again = trunkless.with_trunk(head)
    np.testing.assert_array_equal(scores(again), scores(scorer))
    assert again.layers[-1].metadata == METADATA
    assert again.get_layer("features").side == 128


def test_what_comes_back_is_an_ordinary_scorer(scorer, tmp_path):
    again = trunkless.with_trunk(trunkless.without_trunk(scorer))
    again.save(tmp_path / "whole.keras")
    restored = keras.saving.load_model(tmp_path / "whole.keras")
    np.testing.assert_array_equal(scores(restored), scores(scorer))


def test_an_altered_trunk_is_refused(scorer):
    network = scorer.get_layer("features").network
    kernel = network.weights[0]
    before = keras.ops.convert_to_numpy(kernel)
    kernel.assign(before + 1e-3)
    with pytest.raises(ValueError, match="Received: others"):
        trunkless.without_trunk(scorer)
    kernel.assign(before)


def test_a_head_of_another_trunk_is_refused(scorer):
    head = trunkless.without_trunk(scorer)
    head.layers[-1].sha256 = 64 * "0"
    with pytest.raises(ValueError, match=f"a head of one of SHA-256 {64 * '0'}"):
        trunkless.with_trunk(head)


def test_other_scorers_have_no_packaged_trunk():
    with pytest.raises(ValueError, match="Received: 'toy'"):
        trunkless.without_trunk(toy_scorer())
