"""A preset with pixel maps beside its trunk scores in LiteRT as in Keras."""

import keras
import numpy as np
import pytest

from tests.support.toy_scorer import METADATA
from tfiqa.models import frozen_trunk
from tfiqa.regression.standardization import Standardization
from tfiqa.scoring import predictor
from tfiqa.scoring import trunkless
from tfiqa.scoring.runtimes import light_file
from tfiqa.scoring.runtimes import tiles
from tfiqa.scoring.runtimes.litert_runtime import LiteRTPreset
from tfiqa.scoring.runtimes.packaged_trunk import PackagedTrunk
from tfiqa.synthetic import make_image

if keras.backend.backend() != "tensorflow":
    pytest.skip("LiteRT graphs are written by TensorFlow", allow_module_level=True)

# Height and width: of one block, odd, narrow, smaller than `smallest` of the tiles,
# and more than one tile of 128 pixels.
SIZES = ((96, 96), (111, 75), (97, 40), (20, 70), (260, 130))


def scene(seed, height, width):
    kind = ("dead_leaves", "textured_leaves")[seed % 2]
    pixels = np.array(make_image(kind, seed, max(height, width)))
    pixels[: height // 3, : width // 2] = 120
    return np.ascontiguousarray(pixels[:height, :width])


SCENES = [scene(seed, *size) for seed, size in enumerate(SIZES)]


@pytest.fixture(scope="module")
def scorer():
    """A scorer with a random head, whose scores are far from each other."""
    trunk = frozen_trunk.build_trunk("efficientnet_lite0", "package", pixel_maps=True)
    descriptor = frozen_trunk.build_descriptor(trunk, 128)
    features = np.concatenate(
        [
            keras.ops.convert_to_numpy(descriptor(image[None].astype("float32")))
            for image in SCENES
        ]
    )
    # Five scenes hardly vary in some features. Their deviation over photographs is
    # larger, and dividing by less would multiply the rounding of the trunk.
    deviation = np.maximum(features.std(axis=0), 0.01)
    standard = Standardization(features.mean(axis=0), deviation, 5.0)
    rng = np.random.default_rng(0)
    length, hidden = standard.mean.size, 4
    weights = [
        rng.normal(0, length**-0.5, (length, hidden)),
        np.zeros(hidden),
        rng.normal(0, 1, (hidden, 1)),
        np.zeros(1),
    ]
    return frozen_trunk.build_scorer(
        descriptor, standard, [weights], (10.0, 50.0), METADATA
    )


@pytest.fixture(scope="module")
def preset(scorer, tmp_path_factory):
    return trunkless.write_preset(scorer, tmp_path_factory.mktemp("preset"))


def test_scores_are_those_of_keras(scorer, preset):
    predict, runtime = predictor(scorer), LiteRTPreset(preset)
    expected = [predict(image) for image in SCENES]
    assert np.ptp(expected) > 10
    result = [runtime.predict(image) for image in SCENES]
    np.testing.assert_allclose(result, expected, atol=1e-3, rtol=0)


def test_each_feature_is_that_of_keras(scorer, preset):
    trunk = PackagedTrunk(light_file.read(preset))
    layer = scorer.get_layer("features")
    for image in SCENES[1:4]:
        result = tiles.features(tiles.tiles(image, layer.side, layer.smallest), trunk)
        expected = keras.ops.convert_to_numpy(layer(image[None]))[0]
        np.testing.assert_allclose(result, expected, atol=2e-4, rtol=0)


def test_a_head_gets_its_pixel_maps_back(scorer, preset):
    again = trunkless.with_trunk(keras.saving.load_model(preset))
    images = SCENES[1][None].astype("float32")
    np.testing.assert_array_equal(again(images), scorer(images))


def test_pixel_maps_keep_a_light_file_small(preset):
    light = light_file.read(preset)
    assert light_file.path_beside(preset).stat().st_size < 60_000
    nonzero = np.count_nonzero(np.frombuffer(light.graph, np.uint8))
    assert nonzero < 150_000 < len(light.graph)
