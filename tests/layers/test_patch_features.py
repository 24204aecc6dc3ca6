"""Tests of the features of patches, against slices of the image."""

import keras
import numpy as np
import pytest
from keras import ops

from tests.layers.test_patch_mean import gradients
from tests.support.toy_scorer import toy_image
from tfiqa import layers


def network():
    crops = keras.Input((None, None, 3))
    kernel = keras.initializers.RandomNormal(0, 0.02, seed=1)
    x = keras.layers.Conv2D(5, 3, kernel_initializer=kernel)(crops)
    return keras.Model(crops, keras.layers.GlobalAveragePooling2D()(x))


@pytest.mark.parametrize(
    ("height", "width", "rows", "columns"),
    [(16, 16, 1, 1), (23, 24, 1, 2), (40, 33, 4, 3), (90, 16, 10, 1)],
)
def test_patches_lie_where_they_should(height, width, rows, columns):
    described = network()
    layer = layers.PatchFeatures(described, size=16, stride=8)
    images = np.stack([toy_image(seed, height, width) for seed in (1, 2)])
    result = ops.convert_to_numpy(layer(images))
    assert result.shape == (2, rows, columns, 5)
    assert layer.compute_output_shape(images.shape) == result.shape
    for batch, row, column in np.ndindex(result.shape[:3]):
        patch = images[batch, 8 * row : 8 * row + 16, 8 * column : 8 * column + 16]
        expected = ops.convert_to_numpy(described(patch[None].astype("float32")))[0]
        np.testing.assert_allclose(result[batch, row, column], expected, atol=1e-4)


@pytest.mark.parametrize("shape", [(40, 33), (9, 12)])
def test_all_rows_at_once_give_the_same(shape):
    layer = layers.PatchFeatures(network(), size=16, stride=8)
    images = np.stack([toy_image(seed, *shape) for seed in (1, 2)])
    expected = ops.convert_to_numpy(layer(images))
    layer.at_once = True
    result = ops.convert_to_numpy(layer(images))
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="its loop")
def test_the_sum_over_rows_gives_the_same():
    layer = layers.PatchFeatures(network(), size=16, stride=8)
    images = np.stack([toy_image(seed, 40, 33) for seed in (1, 2)])
    expected = ops.convert_to_numpy(layer(images))
    layer.unrolled = True
    np.testing.assert_allclose(layer(images), expected, rtol=1e-6)


def test_the_gradient_is_that_of_all_rows_at_once():
    layer = layers.PatchFeatures(network(), size=16, stride=8)
    images = np.stack([toy_image(seed, 40, 33) for seed in (1, 2)]).astype("float32")
    found = gradients(layer, images)
    layer.at_once = True
    expected = gradients(layer, images)
    assert len(found) == len(expected) == 3
    for one, other in zip(found, expected, strict=True):
        scale = np.abs(other).max()
        assert scale > 0
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-4 * scale)


def test_small_images_are_continued_by_reflection():
    layer = layers.PatchFeatures(network(), size=16, stride=8)
    small = toy_image(3, 9, 12)
    continued = np.pad(small, ((0, 7), (0, 4), (0, 0)), mode="reflect")
    np.testing.assert_allclose(
        ops.convert_to_numpy(layer(small[None])),
        ops.convert_to_numpy(layer(continued[None])),
        atol=1e-5,
    )


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="stride=0"):
        layers.PatchFeatures(network(), stride=0)
