"""Tests of scorers that compare with pristine patches."""

import dataclasses

import keras
import numpy as np
import pytest
from keras import ops

from tests.support.toy_scorer import toy_image
from tests.support.toy_source import png
from tests.support.toy_source import toy_source
from tfiqa import layers
from tfiqa import models
from tfiqa import pristine
from tfiqa import trainers
from tfiqa.data.images import of_source
from tfiqa.data.sources import Sources
from tfiqa.methods import METHODS
from tfiqa.pristine.patches import select_patches
from tfiqa.scoring import scorer as scorers
from tfiqa.scoring.serialization import save_model

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


def test_features_can_be_reduced_to_principal_components():
    """As M-SCQALE does: the same distance between projections."""
    scoring = dataclasses.replace(SCORING, components=3)
    reduced = pristine.distance_scorer(
        toy_encoder(),
        PICTURES.first_epoch(seed=0),
        scoring,
        method="toy",
        dataset="toy",
    )
    image = toy_image(5, 35, 50)
    encoder = toy_encoder()

    def described(patches):
        return ops.convert_to_numpy(encoder(np.array(patches, "float32")))

    chosen = [select_patches(toy_image(index), size=16) for index in range(8)]
    reference = described(np.concatenate(chosen)).astype("float64")
    center = reference.mean(axis=0)
    _, directions = np.linalg.eigh(np.cov(reference.T))
    rows, columns = (range(0, side - 15, 8) for side in image.shape[:2])
    patches = [image[r : r + 16, c : c + 16] for r in rows for c in columns]
    features = described(patches).astype("float64")
    first, second = (
        (part - center) @ directions[:, -3:] for part in (reference, features)
    )
    matrix = (np.cov(first.T) + np.cov(second.T)) / 2 + 1e-3 * np.eye(3)
    difference = first.mean(axis=0) - second.mean(axis=0)
    expected = -np.sqrt(difference @ np.linalg.inv(matrix) @ difference)
    assert scorers.predictor(reduced)(image) == pytest.approx(expected, rel=1e-3)


def test_any_encoder_becomes_a_scorer_such_as_contrique(tmp_path):
    """CONTRIQUE* of published tables: its features at both scales, in this scheme."""
    encoder = models.CONTRIQUE(backbone="resnet10_slim", seed=0).encoder()
    path = tmp_path / "encoder.keras"
    save_model(encoder, path)
    row = METHODS["pristine_distance"]
    config = row.configured("paper", {"patch_size": 32, "stride": 16})
    sources = Sources(images=PICTURES, encoder=path)
    run = trainers.Run(tmp_path, verbose=0)
    row.check(config, sources, run)
    scorer = row.train(config, sources, run)
    image = toy_image(5, 48, 48)
    patches = np.array(
        [image[r : r + 32, c : c + 32] for r in (0, 16) for c in (0, 16)], "float32"
    )
    described = keras.Model(scorer.input, scorer.get_layer("patches").output)
    result = ops.convert_to_numpy(described(image[None].astype("float32")))
    expected = ops.convert_to_numpy(encoder(patches))
    np.testing.assert_allclose(
        result.reshape(4, -1), expected.reshape(4, -1), atol=1e-4
    )
    assert expected.shape == (4, 2 * 256)  # Full and half scale.
    assert scorers.predictor(scorer)(image) < 0
