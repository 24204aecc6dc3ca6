"""Tests of scorers that compare with pristine patches."""

import keras
import numpy as np
import pytest
from keras import ops

from tests.support.toy_scorer import toy_image
from tests.support.toy_source import png
from tests.support.toy_source import toy_source
from tfiqa import layers
from tfiqa import pristine
from tfiqa.data.images import of_source
from tfiqa.pristine.patches import select_patches
from tfiqa.scoring import scorer as scorers

SCORING = pristine.Scoring(patch_size=16, stride=8)
PICTURES = of_source(toy_source(8))


def toy_encoder():
    images = keras.Input((None, None, 3))
    kernel = keras.initializers.RandomNormal(0, 0.1, seed=1)
    x = keras.layers.Conv2D(6, 3, activation="relu", kernel_initializer=kernel)(images)
    return keras.Model(images, keras.layers.GlobalAveragePooling2D()(x))


@pytest.fixture(scope="module")
def scorer():
    encoder = toy_encoder()
    pictures = PICTURES.first_epoch(seed=0)
    return pristine.distance_scorer(
        encoder, pictures, SCORING, method="toy", dataset="toy"
    )


def plain_score(image):
    """Returns what the scorer should say, patch by patch and by a plain inverse."""
    encoder = toy_encoder()

    def described(patches):
        return ops.convert_to_numpy(encoder(np.array(patches, "float32")))

    chosen = [select_patches(toy_image(index), size=16) for index in range(8)]
    reference = described(np.concatenate(chosen)).astype("float64")
    rows, columns = (range(0, side - 15, 8) for side in image.shape[:2])
    patches = [image[r : r + 16, c : c + 16] for r in rows for c in columns]
    features = described(patches).astype("float64")
    matrix = (np.cov(reference.T) + np.cov(features.T)) / 2 + 1e-3 * np.eye(6)
    difference = reference.mean(axis=0) - features.mean(axis=0)
    return -np.sqrt(difference @ np.linalg.inv(matrix) @ difference)


def test_a_score_is_the_negative_distance(scorer):
    image = toy_image(5, 35, 50)
    result = scorers.predictor(scorer)(image)
    assert result == pytest.approx(plain_score(image), rel=1e-4)


def test_what_maps_of_quality_are_drawn_from(scorer):
    distance = scorer.get_layer("distance")
    patches = keras.Model(scorer.input, distance.input[0])
    result = ops.convert_to_numpy(
        distance.per_patch(patches(toy_image(3)[None].astype("float32")))
    )
    assert result.shape == (1, 4, 6)
    metadata = scorers.metadata(scorer)
    assert metadata["patch"] == {"size": 16, "stride": 8}
    assert metadata["min_side"] == 16
    worst, best = metadata["mos_range"]
    assert worst < best == 0
    assert 0 < result.max() < -2 * worst


def test_conjugate_gradients_score_the_same(scorer):
    expected = scorers.predictor(scorer)(toy_image(4))
    distance = scorer.get_layer("distance")
    assert isinstance(distance, layers.GaussianDistance)
    distance.portable = True
    result = scorers.predictor(scorer)(toy_image(4))
    distance.portable = False
    assert result == pytest.approx(expected, rel=1e-4)


def test_too_few_pristine_patches_are_refused():
    small = pristine.Scoring(patch_size=57)
    with pytest.raises(ValueError, match=r"At least 2.*57 pixels.* 0 from toy, 8"):
        pristine.pristine_features(
            toy_encoder(), PICTURES.first_epoch(seed=0), small, dataset="toy"
        )


def test_gray_pictures_are_no_pristine_ones():
    gray = png(np.repeat(toy_image(0)[..., :1], 3, axis=2))
    source = toy_source(4, broken={index: gray for index in range(4)})
    with pytest.raises(ValueError, match="color images"):
        pristine.pristine_features(
            toy_encoder(), of_source(source).first_epoch(seed=0), SCORING, dataset="toy"
        )


@pytest.mark.parametrize(
    "wrong",
    [
        {"patch_size": 0},
        {"sharpness": 1.0},
        {"colourfulness": float("nan")},
        {"ridge": 0.0},
        {"ridge": float("inf")},
    ],
)
def test_wrong_settings_are_refused(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(ValueError, match=f"{name}={value}"):
        pristine.Scoring(**wrong)
