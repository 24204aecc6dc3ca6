"""Tests of IL-NIQE's features and distance, against plain NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from benchmarks import plain_niqe
from tests.layers.test_aggd import require_double
from tests.layers.test_niqe import random_statistics
from tests.layers.test_niqe import textured
from tfiqa.layers import ILNIQEDistance
from tfiqa.layers import ILNIQEFeatures
from tfiqa.layers import MatlabResize
from tfiqa.layers import PatchAverage
from tfiqa.layers import ilniqe_features
from tfiqa.layers.ilniqe_features import CHROMATIC
from tfiqa.layers.ilniqe_features import LARGEST
from tfiqa.layers.ilniqe_features import OPPONENT
from tfiqa.scoring import scorer as scorers

COLOR = np.arange(18, 42)  # What depends on color, among the features of one scale.


@pytest.fixture(autouse=True)
def double():
    require_double()


def read(layer, image):
    """Returns the outputs of a compiled layer for an image."""
    images = keras.Input((None, None, 3))
    side = len(image)  # To the same size: only its shape becomes known.
    patches = layer(MatlabResize(side, side)(images))
    return scorers.reader(keras.Model(images, patches))(image)


def plain_features(image, size):
    """Returns the features of an image that is cut already, without a resize."""
    colors = np.moveaxis(image.astype(float), 2, 0)
    opponents = np.tensordot(OPPONENT, colors, 1)
    maps = plain_niqe._scale_maps(opponents, colors, 1)
    rows = zip(*[plain_niqe.blocks(plane, size) for plane in maps], strict=True)
    return np.array(
        [
            np.concatenate([plain_niqe._map_features(c, b) for c, b in enumerate(row)])
            for row in rows
        ]
    )


@pytest.mark.parametrize(
    ("maps", "exact_zeros", "rtol", "atol"),
    [
        ("float64", False, 1e-8, 1e-10),
        ("float64", True, 1e-8, 1e-10),  # Texture everywhere: no zeros.
        ("float32", True, 1e-5, 1e-5),
    ],
)
def test_features_are_the_plain_ones(maps, exact_zeros, rtol, atol, monkeypatch):
    monkeypatch.setattr(ilniqe_features, "MAPS", maps)
    image = textured(0, 75, 75)
    result = read(ILNIQEFeatures(24, exact_zeros, with_sharpness=True), image)
    assert result.shape == (3, 3, 469)
    expected = plain_features(image[:72, :72], 24)
    assert expected.shape == (9, 234)
    np.testing.assert_allclose(
        result.reshape(9, -1)[:, :234], expected, rtol=rtol, atol=atol
    )


def test_every_image_of_a_batch_by_itself():
    batch = np.stack([textured(seed, 35, 35) for seed in range(3)]).astype("float32")
    batch[2, 34, 3, 1] = np.nan  # Below the last whole block.
    model = keras.Model(images := keras.Input((35, 35, 3)), ILNIQEFeatures(16)(images))
    together, alone = (model.predict(batch, batch_size=size) for size in (3, 1))
    np.testing.assert_allclose(together, alone, rtol=1e-9)
    assert np.isfinite(together[:2]).all()
    assert np.isnan(together[2]).all()


@pytest.mark.parametrize("exact_zeros", [True, False])
def test_flat_areas_can_become_zeros_instead_of_rounding(exact_zeros):
    image = textured(2, 64, 64) // 2
    image[:, 20:44] = 70
    image[24:40] = (90, 30, 60)
    layer = ILNIQEFeatures(32, exact_zeros)
    result, brighter = read(layer, image), read(layer, image + 100)
    unchanged = np.setdiff1d(np.arange(468), [*COLOR, *(COLOR + 234)])
    difference = np.abs(result - brighter)[..., unchanged].max()
    assert (difference < 1e-6) == exact_zeros


def test_flat_blocks_are_nan_or_large_but_never_infinite():
    image = textured(1, 72, 72)
    image[:48, :48] = 0
    result = read(ILNIQEFeatures(24), image)
    assert np.isnan(result[0, 0]).any()
    assert not np.isinf(result).any()
    # Pristine blocks are dropped for it.
    fitted = read(ILNIQEFeatures(24, with_sharpness=True), image)[..., :-1]
    assert np.isinf(fitted[0, 0]).any()
    np.testing.assert_array_equal(np.isinf(fitted), result == LARGEST)


def test_colors_are_those_of_the_paper():
    gray = np.full(3, 100.0)
    np.testing.assert_allclose(OPPONENT @ gray, [-1, -9, 96], atol=1e-12)
    np.testing.assert_allclose(CHROMATIC @ CHROMATIC.T, np.eye(3), atol=1e-12)


@pytest.mark.parametrize("size", [12, 18])
def test_rejects_sizes(size):
    with pytest.raises(ValueError, match=f"size={size}"):
        ILNIQEFeatures(size)


def test_distance_is_the_plain_one():
    mean, covariance = random_statistics(0)
    random = np.random.default_rng(1)
    directions = np.linalg.qr(random.normal(size=(9, 7)))[0]
    center = random.normal(size=9)
    values = random.normal(size=(2, 2, 3, 9))
    values[1, 0, 1, 3] = np.nan
    layer = ILNIQEDistance(7)
    layer.build((None, None, None, 9), (None, 9))
    root = np.linalg.cholesky(np.linalg.inv(covariance))
    layer.set_weights([center + directions @ mean, directions @ root])
    inputs = ops.convert_to_tensor(values)
    result = layer(inputs, PatchAverage(whole_patches=True)(inputs))
    for index, received in enumerate(ops.convert_to_numpy(result)[:, 0]):
        patches = values[index].reshape(6, 9)
        expected = plain_niqe.ilniqe_distance(
            patches, center, directions, mean, covariance
        )
        assert received == pytest.approx(expected, rel=1e-9)


def test_nothing_but_nan_has_no_distance():
    layer = ILNIQEDistance(7)
    inputs = ops.convert_to_tensor(np.full((1, 2, 3, 9), np.nan))
    mean = PatchAverage(whole_patches=True)(inputs)
    assert np.isnan(ops.convert_to_numpy(layer(inputs, mean))).all()
