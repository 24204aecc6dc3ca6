"""Tests of scorers that compare windows of a trunk's maps with pristine ones."""

import keras
import numpy as np
import pytest
from keras import ops

from tests.layers.test_map_windows import network
from tests.layers.test_map_windows import plain_maps
from tests.layers.test_map_windows import plain_windows
from tests.layers.test_niqe import textured
from tests.support.toy_source import source_of
from tfiqa import layers
from tfiqa import pristine
from tfiqa import trainers
from tfiqa.data.images import of_source
from tfiqa.data.sources import Sources
from tfiqa.data.unfit import UnfitImages
from tfiqa.methods import METHODS
from tfiqa.methods.pristine_distance import training
from tfiqa.scoring import scorer as scorers
from tfiqa.scoring.serialization import load_scorer
from tfiqa.scoring.serialization import save_model

STRIDES = (1, 2)
PICTURES = [textured(seed, 48, 64) for seed in range(3)]


def window_scorer(images):
    return pristine.window_scorer(
        layers.MapWindows(network(*STRIDES), STRIDES, 128, name="windows"),
        images,
        limit=3,
        method="toy",
        dataset="toy",
        min_side=6,
    )


@pytest.fixture(scope="module")
def scorer():
    return window_scorer([*PICTURES, None])  # No more than three are read.


def plain_score(image):
    """Returns what the scorer should return, by a plain inverse."""

    def flat(picture):
        features, sharpness = plain_windows(plain_maps(picture, STRIDES))
        return features.reshape(-1, features.shape[-1]), sharpness.ravel()

    sharp = []
    for picture in PICTURES:
        features, sharpness = flat(picture)
        sharp.append(features[sharpness > sharpness.mean()])
    known = np.concatenate(sharp)
    features, sharpness = flat(image)
    inverse = np.linalg.inv((np.cov(known.T) + np.cov(features.T)) / 2)
    steps = features - known.mean(axis=0)
    distances = np.sqrt(np.einsum("nd,de,ne->n", steps, inverse, steps))
    standard = (sharpness - sharpness.mean()) / sharpness.std(ddof=1)
    return -np.average(distances, weights=1 / (1 + np.exp(-standard)))


def test_a_score_is_the_negative_mean_distance(scorer):
    image = textured(9, 40, 56) // 2
    result = scorers.predictor(scorer)(image)
    assert result == pytest.approx(plain_score(image), rel=2e-3)


def test_an_image_has_the_same_score_in_a_batch_and_from_a_file(scorer, tmp_path):
    images = np.stack([textured(seed, 40, 44) // (seed + 1) for seed in range(3)])
    together = ops.convert_to_numpy(scorer(images.astype("float32")))[:, 0]
    again = load_scorer(save_model(scorer, tmp_path / "scorer.keras"))
    alone = [scorers.predictor(again)(image) for image in images]
    np.testing.assert_allclose(alone, together, rtol=1e-4)
    assert np.ptp(alone) > 0.01
    assert scorers.metadata(again)["mos_range"][0] < min(alone) < 0


def test_a_single_window_has_a_score_and_a_flat_image_has_none(scorer):
    predict = scorers.predictor(scorer)
    assert np.isfinite(predict(textured(4, 6, 6)))
    assert np.isnan(predict(np.full((40, 40, 3), 90, np.uint8)))


def test_images_without_structure_are_no_pristine_ones():
    with pytest.raises(UnfitImages, match="toy, 2 images without"):
        window_scorer([np.full((40, 40, 3), 90, np.uint8)] * 2)
    with pytest.raises(UnfitImages, match="than the 5 features"):
        window_scorer([textured(0, 8, 8)])


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="other backends compile the trunk for each size, which takes a minute",
)
def test_the_recipe_needs_no_encoder(tmp_path):
    images = of_source(source_of([textured(seed, 320, 288) for seed in range(3)]))
    config = METHODS["pristine_distance"].configured("mdfs", {"trunk_weights": None})
    sources, run = Sources(images=images), trainers.Run(tmp_path, verbose=0)
    training.check(config, sources, run)
    scorer = training.train(config, sources, run)
    windows = scorer.get_layer("windows")
    assert windows.strides == [2, 4, 8, 16, 16]
    assert windows.output[0].shape[-1] == 16 + 24 + 40 + 80 + 112
    assert not windows.trainable_variables
    assert np.isfinite(scorers.predictor(scorer)(textured(5, 100, 90)))
    assert scorers.metadata(scorer)["dataset"] == "toy"


def test_wrong_settings_are_named(tmp_path):
    for name, wrong in {"trunk": "resnet50", "tile_side": 100}.items():
        with pytest.raises(ValueError, match=f"`{name}`.*{name}={wrong}"):
            training.Config(**{name: wrong})
    config = training.Config(trunk="efficientnet_lite0", trunk_weights="no.pth")
    images = of_source(source_of(PICTURES))
    with pytest.raises(ValueError, match=r"weights='no\.pth'"):
        training.check(config, Sources(images=images), trainers.Run(tmp_path))
