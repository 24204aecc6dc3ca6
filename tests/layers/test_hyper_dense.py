"""Tests of the dense layer whose weights are generated."""

import numpy as np
import pytest
from keras import ops

from tfiqa.layers import HyperDense

RNG = np.random.default_rng(0)
INPUTS = RNG.normal(size=(3, 6)).astype("float32")
HYPER = RNG.normal(size=(3, 2, 4, 5)).astype("float32")


def convolved(hyper, kernel, bias):
    """A 3x3 convolution over zeros beyond the border, position by position."""
    padded = np.pad(hyper, [(0, 0), (1, 1), (1, 1), (0, 0)])
    rows, columns = hyper.shape[1:3]
    result = np.empty((len(hyper), rows, columns, kernel.shape[-1]))
    for row in range(rows):
        for column in range(columns):
            window = padded[:, row : row + 3, column : column + 3]
            result[:, row, column] = np.einsum("brck,rckf->bf", window, kernel) + bias
    return result


def test_each_sample_has_weights_of_its_own():
    layer = HyperDense(4, "sigmoid")
    outputs = ops.convert_to_numpy(layer(INPUTS, HYPER))
    generator, bias = layer.kernel_generator, layer.bias_generator
    entries = convolved(HYPER, *map(ops.convert_to_numpy, generator.weights))
    for index in range(3):
        # Channel by channel, row by row, into rows of the (units, inputs) matrix.
        flat = [
            entries[index, r, c, k] for k in range(3) for r in (0, 1) for c in range(4)
        ]
        kernel = np.reshape(flat, (4, 6))
        mean = HYPER[index].mean(axis=(0, 1))
        shift = mean @ ops.convert_to_numpy(bias.kernel)
        expected = 1 / (1 + np.exp(-(kernel @ INPUTS[index] + shift)))
        np.testing.assert_allclose(outputs[index], expected, atol=1e-5)


def test_kernel_from_the_mean_of_the_map():
    layer = HyperDense(1, kernel_from="mean")
    outputs = ops.convert_to_numpy(layer(INPUTS, HYPER))
    means = HYPER.mean(axis=(1, 2))
    kernels = means @ ops.convert_to_numpy(layer.kernel_generator.kernel)
    shifts = means @ ops.convert_to_numpy(layer.bias_generator.kernel)
    expected = (kernels * INPUTS).sum(axis=1, keepdims=True) + shifts
    np.testing.assert_allclose(outputs, expected, atol=1e-5)


def test_config_round_trip():
    layer = HyperDense(4, "sigmoid", kernel_from="mean", kernel_initializer="he_normal")
    copy = HyperDense.from_config(layer.get_config())
    assert copy.get_config() == layer.get_config()


def test_rejects_a_kernel_that_the_map_cannot_write():
    with pytest.raises(ValueError, match="6 x 3 entries"):
        HyperDense(3)(INPUTS, HYPER)


def test_rejects_another_source():
    with pytest.raises(ValueError, match="kernel_from='all'"):
        HyperDense(3, kernel_from="all")
