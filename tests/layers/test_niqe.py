"""Tests of NIQE's features and distance, against plain NumPy and published numbers."""

import numpy as np
import pytest
from keras import ops

from benchmarks import plain_niqe
from tests.layers.test_aggd import require_double
from tfiqa.data.decode import decode
from tfiqa.layers import NIQEDistance
from tfiqa.layers import NIQEFeatures
from tfiqa.layers import PatchAverage
from tfiqa.layers.whitened_distance import distances


@pytest.fixture(autouse=True)
def double():
    require_double()


def textured(seed, height, width):
    """Returns smoothed noise, uint8, with nothing flat in it."""
    noise = np.random.default_rng(seed).normal(size=(height + 2, width + 2, 3))
    smooth = noise[1:-1, 1:-1] + noise[2:, 1:-1] + noise[:-2, 1:-1] + noise[1:-1, 2:]
    return np.clip(128 + 30 * smooth, 0, 255).astype(np.uint8)


def features(images, **options):
    return ops.convert_to_numpy(NIQEFeatures(**options)(images))


@pytest.mark.parametrize("shape", [(64, 96), (32, 33), (95, 64)])
def test_features_are_the_plain_ones(shape):
    image = textured(0, *shape)
    expected, sharpness = plain_niqe.niqe_features(image, size=32)
    result = features(image[None], size=32, with_sharpness=True)
    assert result.shape == (1, shape[0] // 32, shape[1] // 32, 37)
    result = result.reshape(-1, 37)
    np.testing.assert_allclose(result[:, :-1], expected, atol=1e-9)
    np.testing.assert_allclose(result[:, -1], sharpness, rtol=1e-12)


def test_every_image_of_a_batch_by_itself():
    batch = np.stack([textured(seed, 70, 40) for seed in range(3)])
    together = features(batch, size=32)
    for image, result in zip(batch, together, strict=True):
        np.testing.assert_array_equal(features(image[None], size=32)[0], result)


def test_floats_that_are_almost_levels_are_levels():
    image = textured(1, 32, 32)[None]
    almost = image / np.float32(255) * np.float32(255)
    np.testing.assert_array_equal(features(almost, size=32), features(image, size=32))


def test_an_image_with_a_nan_is_described_by_nan():
    pair = np.stack([textured(seed, 70, 64) for seed in range(2)]).astype("float32")
    pair[1, 67, 3, 1] = np.nan  # Below the last whole block.
    result = features(pair, size=32)
    assert np.isfinite(result[0]).all()
    assert np.isnan(result[1]).all()


def test_small_and_black_images_give_nan():
    assert np.isnan(features(textured(2, 20, 90)[None], size=32)).all()
    half = np.concatenate([np.zeros((32, 32, 3), "uint8"), textured(3, 32, 32)])
    result = features(half[None], size=32)[0]
    assert np.isnan(result[0]).any()
    assert np.isfinite(result[1]).all()


def test_published_block(shared):
    image = decode((shared / "goldens/calibration/I04.bmp").read_bytes())
    assert plain_niqe.gray(image)[0, :5].tolist() == [99, 99, 93, 58, 58]
    result = features(image[None], with_sharpness=True)[0]
    fine = [2.235, 0.807363, 0.770, 0.069459, 0.095283, 0.138982, 0.733, 0.057462]
    fine += [0.090905, 0.123256, 0.856, -0.040766, 0.160613, 0.128926, 0.784]
    fine += [0.004526, 0.123031, 0.125990]
    coarse = [2.014, 0.735787, 0.700, 0.013184, 0.082110, 0.088747]
    np.testing.assert_allclose(result[0, 0, :24], fine + coarse, atol=6e-7)
    sharpness = [3.7402, 5.4986, 5.8245, 8.2215]
    np.testing.assert_allclose(result[:4, 0, 36], sharpness, atol=6e-5)


@pytest.mark.parametrize("size", [0, 15, 17])
def test_rejects_sizes(size):
    with pytest.raises(ValueError, match=f"size={size}"):
        NIQEFeatures(size)


def distance_of(mean, covariance):
    layer = NIQEDistance(len(mean))
    layer.build((None, None, None, len(mean)), (None, len(mean)))
    root = np.linalg.cholesky(np.linalg.inv(covariance))
    layer.set_weights([mean, root])
    return layer


def random_statistics(seed, size=7):
    random = np.random.default_rng(seed)
    roots = random.normal(size=(size, size))
    return random.normal(size=size), roots @ roots.T + 0.1 * np.eye(size)


@pytest.mark.parametrize("patches", [1, 2, 5, 40])
def test_distance_is_the_plain_one(patches):
    mean, covariance = random_statistics(0)
    values = np.random.default_rng(1).normal(size=(2, 1, patches, 7))
    values[1, 0, 0, 3] = np.nan
    layer = distance_of(mean, covariance)
    inputs = ops.convert_to_tensor(values)
    result = ops.convert_to_numpy(layer(inputs, PatchAverage()(inputs)))
    assert result.shape == (2, 1)
    for index in range(2 if patches > 1 else 1):
        expected = plain_niqe.niqe_distance(values[index, 0], mean, covariance)
        assert result[index, 0] == pytest.approx(expected, rel=1e-9)


def test_patches_of_a_map_are_at_the_distance_of_whoever_is_alone():
    mean, covariance = random_statistics(2)
    layer = distance_of(mean, covariance)
    alone = np.random.default_rng(3).normal(size=(4, 1, 1, 7))
    inputs = ops.convert_to_tensor(alone)
    result = ops.convert_to_numpy(layer.per_patch(inputs))
    expected = ops.convert_to_numpy(layer(inputs, inputs[:, 0, 0]))
    np.testing.assert_allclose(result[:, 0], expected, rtol=1e-12)
    together = layer.per_patch(ops.reshape(inputs, (1, 2, 2, 7)))
    np.testing.assert_array_equal(
        np.ravel(ops.convert_to_numpy(together)), result.ravel()
    )
    values = ops.convert_to_tensor(np.full((1, 2, 3, 7), np.nan))
    assert np.isnan(ops.convert_to_numpy(layer.per_patch(values))).all()


def test_own_spread_makes_distances_smaller():
    z = ops.convert_to_tensor(np.full((1, 1, 3), 2.0))
    eye = ops.convert_to_tensor(np.eye(3)[None])
    near = ops.convert_to_numpy(distances(z, eye))
    far = ops.convert_to_numpy(distances(z, 0 * eye))
    assert far[0, 0] == pytest.approx(np.sqrt(24))
    assert near[0, 0] == pytest.approx(np.sqrt(12))
