"""Tests of the local distortion aware branch, in the paper's order of steps."""

import numpy as np
import pytest
from keras import ops

from tfiqa.layers import LocalDistortion

FEATURES = np.random.default_rng(0).normal(size=(2, 8, 12, 5)).astype("float32")


def by_patches(layer, features):
    """Cuts patches, convolves and averages each, and reads them channel by channel."""
    reduce = ops.convert_to_numpy(layer.reduce.kernel)[0, 0]
    project = ops.convert_to_numpy(layer.project.kernel)
    bias = ops.convert_to_numpy(layer.project.bias)
    results = []
    for image in features:
        means = [
            (image[top : top + 4, left : left + 4] @ reduce).mean(axis=(0, 1))
            for top in (0, 4)
            for left in (0, 4, 8)
        ]
        read = np.stack(means, axis=1).ravel()  # Channels first.
        results.append(read @ project + bias)
    return np.array(results)


def test_is_the_mean_over_patches_of_a_convolution():
    layer = LocalDistortion(3, pool_size=4, channels=7)
    result = layer(FEATURES)
    np.testing.assert_allclose(result, by_patches(layer, FEATURES), atol=1e-5)


def test_last_stage_has_no_convolution():
    layer = LocalDistortion(3, pool_size=4)
    pooled = FEATURES.reshape(2, 2, 4, 3, 4, 5).mean(axis=(2, 4)).transpose(0, 3, 1, 2)
    layer(FEATURES)
    expected = pooled.reshape(2, -1) @ ops.convert_to_numpy(layer.project.kernel)
    np.testing.assert_allclose(layer(FEATURES), expected, atol=1e-5)


def test_config_round_trip():
    layer = LocalDistortion(3, 4, 7, kernel_initializer="he_normal")
    copy = LocalDistortion.from_config(layer.get_config())
    assert copy.get_config() == layer.get_config()


def test_rejects_sides_that_patches_do_not_fill():
    with pytest.raises(ValueError, match="pool_size=3"):
        LocalDistortion(3, pool_size=3)(FEATURES)
