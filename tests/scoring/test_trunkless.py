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
from tfiqa.backbones.pooled import build_pooled
from tfiqa.layers.map_statistics import MapStatistics
from tfiqa.layers.standardized_dense import StandardizedDense
from tfiqa.models.hyperiqa import build_scorer
from tfiqa.models.hyperiqa_head import build_head
from tfiqa.models.hyperiqa_head import on_trunk
from tfiqa.scoring import trunkless
from tfiqa.scoring.calibration import calibrated
from tfiqa.scoring.calibration import interval

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


@pytest.fixture(scope="module")
def crop_scorer():
    trunk = build_pooled(NAME, "package", 64)
    shapes = [shape[1:] for shape in trunk.output_shape]
    standards = [(np.full(shape[-1], 0.1), np.ones(shape[-1])) for shape in shapes]
    keras.utils.set_random_seed(0)
    head = build_head(
        shapes,
        standards,
        content_length=52,
        reduction=(8, 6),
        hyper_channels=5,
        hidden=(8, 4),
    )
    network = on_trunk(trunk, head)
    plain = build_scorer(network, scale=9.0, offset=40.0, metadata=METADATA, grid=2)
    rng = np.random.default_rng(0)
    mos = rng.uniform(0, 100, 60)
    return calibrated(plain, mos + 1, mos, mos_range=(0, 100), dataset="toy")


def test_a_scorer_on_crops_is_stored_without_its_trunk(crop_scorer, tmp_path):
    path = trunkless.write_preset(crop_scorer, tmp_path, "small")
    assert path.stat().st_size < 400_000
    assert not path.with_suffix(".light").exists()
    head = keras.saving.load_model(path)
    # Nothing of the trunk, whose kernels have other shapes, is in the file.
    published = efficientnet_lite_weights.published_network(NAME).get_weights()
    kernels = {one.shape for one in published if one.ndim > 1}
    assert not kernels & {tuple(one.shape) for one in head.get_weights()}
    again = trunkless.with_trunk(head)
    np.testing.assert_array_equal(scores(again), scores(crop_scorer))
    assert np.ptp(scores(again)) > 0
    assert again.layers[-1].metadata == crop_scorer.layers[-1].metadata
    assert interval(again, [50.0]) == interval(crop_scorer, [50.0])
    again.save(tmp_path / "whole.keras")
    restored = keras.saving.load_model(tmp_path / "whole.keras")
    np.testing.assert_array_equal(scores(restored), scores(crop_scorer))


def test_scorers_on_other_crops_have_no_packaged_trunk(crop_scorer):
    trunk = crop_scorer.get_layer("features").network.layers[1]
    kernel = trunk.trainable_variables or trunk.variables
    before = keras.ops.convert_to_numpy(kernel[0])
    kernel[0].assign(before + 1e-3)
    with pytest.raises(ValueError, match="Received: others"):
        trunkless.without_trunk(crop_scorer)
    kernel[0].assign(before)
