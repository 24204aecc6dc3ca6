"""Tests of the aggregations of SFA, against NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from tfiqa import layers

QUANTILES = (1, 0.75, 0.5, 0.25, 0)


def patches_of(*shape):
    values = np.random.default_rng(0).gamma(1.0, size=shape).astype("float32")
    values[..., 2] *= -1  # A channel whose third moment is negative.
    values[..., 3] = 7.0
    return values


def expected_of(values, variant):
    """Statistics of the patches of one image, `(n, d)`, in double precision."""
    values = values.astype("float64")
    mean = values.mean(axis=0)
    if variant == "matlab":
        rule = "hazen"  # That of MATLAB's `prctile`.
        about = values - mean
    else:
        rule = "linear"
        about = values
    second, third, fourth = (np.mean(about**order, axis=0) for order in (2, 3, 4))
    deviation = values.std(axis=0, ddof=1) if len(values) > 1 else 0 * mean
    quantiles = [np.quantile(values, q, axis=0, method=rule) for q in QUANTILES]
    roots = second**0.5, np.cbrt(third), fourth**0.25
    return np.concatenate([mean, deviation, *quantiles, mean, *roots])


@pytest.mark.parametrize("variant", ["matlab", "pytorch"])
@pytest.mark.parametrize("sides", [(3, 4), (1, 2), (1, 1), (5, 3)])
def test_is_numpys(sides, variant):
    patches = patches_of(2, *sides, 6)
    layer = layers.PatchStatistics(variant)
    result = ops.convert_to_numpy(layer(patches))
    assert result.shape == layer.compute_output_shape(patches.shape) == (2, 66)
    for image, statistics in zip(patches, result, strict=True):
        expected = expected_of(image.reshape(-1, 6), variant)
        np.testing.assert_allclose(statistics, expected, rtol=2e-4, atol=2e-3)


def test_of_one_patch_only_its_features_are_left():
    patches = patches_of(1, 1, 1, 4)
    result = ops.convert_to_numpy(layers.PatchStatistics()(patches)).reshape(11, 4)
    own = patches[0, 0, 0]
    kept = [0, 2, 3, 4, 5, 6, 7]
    np.testing.assert_array_equal(result[kept], np.tile(own, (7, 1)))
    np.testing.assert_array_equal(np.delete(result, kept, axis=0), 0)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="its gradients")
def test_channels_that_are_constant_spoil_no_gradient():
    import tensorflow as tf

    patches = tf.constant(patches_of(1, 3, 3, 5))
    with tf.GradientTape() as tape:
        tape.watch(patches)
        statistics = layers.PatchStatistics()(patches)
    assert np.isfinite(tape.gradient(statistics, patches)).all()


def test_other_variants_are_refused():
    with pytest.raises(ValueError, match=r"`variant`.*variant='caffe'"):
        layers.PatchStatistics("caffe")
