"""Tests of patches that reach beyond the image, against slices of a padded image."""

import numpy as np
import pytest
from keras import ops

from tests.layers.test_patch_features import network
from tests.support.toy_scorer import toy_image
from tfiqa import layers

# Sides, and the rows and columns of patches, without and with the additional ones.
SIDES = [
    ((16, 16), (1, 1), (2, 2)),
    ((24, 17), (2, 2), (3, 2)),
    ((25, 40), (3, 4), (3, 5)),
    ((9, 5), (1, 1), (1, 1)),
    ((8, 3), (1, 1), (1, 1)),
]


@pytest.mark.parametrize("extended", [False, True])
@pytest.mark.parametrize(("sides", "fitted", "more"), SIDES)
def test_patches_cover_the_image_and_end_in_black(sides, fitted, more, extended):
    described = network()
    layer = layers.PaddedPatchFeatures(described, 16, 8, extended=extended)
    images = np.stack([toy_image(seed, *sides) for seed in (1, 2)])
    result = ops.convert_to_numpy(layer(images))
    assert result.shape == (2, *(more if extended else fitted), 5)
    assert layer.compute_output_shape(images.shape) == result.shape
    padded = np.pad(images, ((0, 0), (0, 24), (0, 24), (0, 0))).astype("float32")
    for batch, row, column in np.ndindex(result.shape[:3]):
        patch = padded[batch, 8 * row : 8 * row + 16, 8 * column : 8 * column + 16]
        expected = ops.convert_to_numpy(described(patch[None]))[0]
        np.testing.assert_allclose(result[batch, row, column], expected, atol=1e-4)


def test_counts_are_those_of_the_authors():
    """Of MATLAB, where the side is first extended, and of Python's `range`."""
    fitted, extended = (
        layers.PaddedPatchFeatures(network(), extended=one) for one in (False, True)
    )
    for side in range(225, 600):
        shape = (1, side, 224, 3)
        padded = side - (side - 224) % 112 + 112
        rows = len(range(0, side - 112, 112)), len(range(0, padded - 224 + 1, 112))
        assert fitted.compute_output_shape(shape)[1] == rows[0]
        assert extended.compute_output_shape(shape)[1] == rows[1]


def test_a_configured_layer_is_the_same():
    layer = layers.PaddedPatchFeatures(network(), 16, 8, extended=True)
    again = layers.PaddedPatchFeatures.from_config(layer.get_config())
    assert (again.size, again.stride, again.extended) == (16, 8, True)
