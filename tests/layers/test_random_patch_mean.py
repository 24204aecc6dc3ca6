"""Tests of the mean over random crops."""

import keras
import numpy as np
import pytest
from keras import ops

from tests.support.compiled import jitted
from tfiqa.layers import RandomPatchMean


@pytest.fixture
def network():
    """A network that returns the first pixel and the mean of a crop."""
    crops = keras.Input((8, 8, 3))
    outputs = [crops[:, 0, 0], ops.mean(crops, (1, 2))]
    return keras.Model(crops, keras.layers.Concatenate()(outputs))


def noise(*shape):
    return np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype("float32")


@pytest.mark.parametrize("sides", [(20, 31), (8, 8)])
def test_is_the_mean_over_crops_at_the_same_shares_of_every_image(network, sides):
    images = noise(2, *sides)
    layer = RandomPatchMean(network, 8, count=5, seed=3)
    result = ops.convert_to_numpy(jitted(layer)(images))
    shares = np.random.default_rng(3).random((2, 5)).astype("float32")
    expected = []
    for image in images:
        rows = []
        for share_down, share_right in shares.T:
            top = int(share_down * (sides[0] - 8 + 1))
            left = int(share_right * (sides[1] - 8 + 1))
            crop = image[top : top + 8, left : left + 8]
            assert crop.shape == (8, 8, 3)
            rows.append([*crop[0, 0], *crop.mean((0, 1))])
        expected.append(np.mean(rows, axis=0))
    np.testing.assert_allclose(result, expected, rtol=1e-4)


def test_small_images_are_extended(network):
    result = ops.convert_to_numpy(RandomPatchMean(network, 8)(noise(1, 5, 6)))
    assert np.isfinite(result).all()


def test_crops_reach_every_place_equally(network):
    layer = RandomPatchMean(network, 8, count=4000)
    places = ops.convert_to_numpy(layer.offsets(12, layer.shares[0]))
    counts = np.bincount(places)
    assert len(counts) == 5
    assert abs(counts - 800).max() < 5 * 800**0.5


def test_it_is_saved_with_its_draws(network):
    images = noise(1, 20, 31)
    layer = RandomPatchMean(network, 8, count=3, seed=5)
    copy = RandomPatchMean.from_config(layer.get_config())
    copy.network.set_weights(network.get_weights())
    results = [ops.convert_to_numpy(one(images)) for one in (layer, copy)]
    np.testing.assert_array_equal(*results)
    other = ops.convert_to_numpy(RandomPatchMean(network, 8, count=3)(images))
    assert np.abs(results[0] - other).max() > 1


@pytest.mark.parametrize("argument", [{"size": 0}, {"count": 0}])
def test_rejects(network, argument):
    with pytest.raises(ValueError, match="`size` and `count` must be at least 1"):
        RandomPatchMean(network, **{"size": 8, **argument})
