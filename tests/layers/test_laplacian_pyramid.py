"""Tests of the bands of images."""

import numpy as np
import pytest
from keras import ops
from scipy import ndimage

from tfiqa import layers

TAPS = np.array([1, 4, 6, 4, 1]) / 16


def smoothed(values):
    for axis in (1, 2):
        values = ndimage.correlate1d(values, TAPS, axis=axis, mode="mirror")
    return values


def plain(images, bands):
    parts = []
    for _ in range(bands):
        smaller = smoothed(images)[:, ::2, ::2]
        spread = np.zeros_like(images)
        spread[:, ::2, ::2] = smaller
        parts.append(images - 4 * smoothed(spread))
        images = smaller
    return [*parts, images]


@pytest.mark.parametrize("size", [(16, 24), (23, 37), (9, 9)])
def test_bands_are_those_of_a_plain_implementation(size):
    images = np.random.default_rng(0).uniform(0, 255, (2, *size, 3)).astype("float32")
    layer = layers.LaplacianPyramid(2)
    result = layer(images)
    assert [one.shape for one in result] == layer.compute_output_shape(images.shape)
    for one, expected in zip(result, plain(images, 2), strict=True):
        np.testing.assert_allclose(ops.convert_to_numpy(one), expected, atol=1e-3)


def test_a_flat_image_is_all_in_the_rest():
    *bands, rest = layers.LaplacianPyramid(3)(np.full((1, 32, 32, 3), 80, "float32"))
    assert max(np.abs(ops.convert_to_numpy(band)).max() for band in bands) < 1e-4
    np.testing.assert_allclose(ops.convert_to_numpy(rest), 80, atol=1e-4)
