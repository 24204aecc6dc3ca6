"""Tests of windows of maps, against plain loops in NumPy."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops
from scipy import ndimage

from tests.layers.test_niqe import textured
from tfiqa.layers import MapWindows

BELL = np.exp(-0.5 * np.arange(-1, 2) ** 2)
BELL = np.outer(BELL, BELL) / BELL.sum() ** 2


def network(*strides):
    """Returns a network of means and of squares at some strides, `/ 255`."""
    images = keras.Input((None, None, 3))
    x = keras.layers.Rescaling(1 / 255)(images)
    maps = []
    for number, stride in enumerate(strides):
        pooled = ops.average_pool(x, stride, stride, data_format="channels_last")
        maps.append(pooled if number % 2 else ops.square(pooled[..., :2]))
    return keras.Model(images, maps)


def plain_maps(image, strides):
    """Returns the maps of `network`, reduced to the last stride and joined."""
    joined = []
    for number, stride in enumerate(strides):
        height, width = (side // stride for side in image.shape[:2])
        cells = image.reshape(height, stride, width, stride, 3) / 255
        values = cells.mean(axis=(1, 3))
        values = values if number % 2 else values[..., :2] ** 2
        while stride < strides[-1]:
            planes = np.moveaxis(values, -1, 0)
            planes = [ndimage.correlate(p, BELL, mode="mirror") for p in planes]
            values, stride = np.stack(planes, axis=-1)[::2, ::2], 2 * stride
        joined.append(values)
    return joined


def plain_windows(maps):
    """Returns features and sharpness, window by window."""
    joined = np.concatenate(maps, axis=-1)
    height, width, depth = joined.shape
    size = max(3, min(height, width) // 32 * 2 + 1)
    bell = np.exp(-((np.arange(size) - size // 2) ** 2) / (2 * (size / 3) ** 2))
    bell = (np.outer(bell, bell) / bell.sum() ** 2)[..., None]
    tops, lefts = (range(0, n - size + 1, size // 2) for n in (height, width))
    features = np.zeros((len(tops), len(lefts), depth))
    sharpness = np.zeros((len(tops), len(lefts)))
    ends = np.cumsum([0, *(values.shape[-1] for values in maps)])
    for row, top in enumerate(tops):
        for column, left in enumerate(lefts):
            window = joined[top : top + size, left : left + size]
            mean = (bell * window).sum(axis=(0, 1))
            variance = (bell * window**2).sum(axis=(0, 1)) - mean**2
            sharpness[row, column] = np.sqrt(variance.clip(min=0)).mean()
            for first, last in itertools.pairwise(ends):
                part = mean[first:last]
                features[row, column, first:last] = part / np.linalg.norm(part)
    return features, sharpness


def described(layer, images):
    return [ops.convert_to_numpy(part) for part in layer(np.asarray(images))]


# Three scales; windows of 3 positions, and of 5.
@pytest.mark.parametrize(
    ("shape", "strides"), [((40, 56), (1, 2, 4)), ((136, 132), (1, 2))]
)
def test_windows_are_the_plain_ones(shape, strides):
    image = textured(0, *shape)
    expected = plain_windows(plain_maps(image, strides))
    result = described(MapWindows(network(*strides), strides, 256), image[None])
    np.testing.assert_allclose(result[0][0], expected[0], atol=1e-5)
    # Differences of squares in single precision.
    np.testing.assert_allclose(result[1][0], expected[1], atol=2e-4)


def test_tiles_that_need_no_neighbors_change_nothing():
    images = np.stack([textured(seed, 37, 90) for seed in range(2)])
    entire, tiled = (
        described(MapWindows(network(2, 2), (2, 2), side), images) for side in (96, 16)
    )
    assert entire[0].shape == (2, 17, 43, 5)
    for one, other in zip(entire, tiled, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 1), (5, 70)])
def test_small_images_are_extended(shape):
    layer = MapWindows(network(1, 4), (1, 4), 64)
    features, sharpness = described(layer, textured(1, *shape)[None])
    assert features.shape[1] == sharpness.shape[1] == 2
    assert np.isfinite(features).all()


@pytest.mark.parametrize(
    ("strides", "side", "named"),
    [
        ((1,), 64, r"strides=\[1\] of 2 maps"),
        ((4, 1), 64, r"strides=\[4, 1\]"),
        ((1, 3), 63, r"strides=\[1, 3\]"),
        ((1, 4), 66, "side=66"),
        ((1, 4), 8, "side=8"),
    ],
)
def test_wrong_settings_are_named(strides, side, named):
    with pytest.raises(ValueError, match=named):
        MapWindows(network(1, 4), strides, side)
