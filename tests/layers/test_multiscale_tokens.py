"""Tests of the layers of MUSIQ: what windows do not change, and options."""

import keras
import numpy as np
import pytest
from keras import ops

from tests.support.toy_scorer import toy_image
from tfiqa import layers
from tfiqa.layers import multiscale_tokens
from tfiqa.layers import self_attention

SHAPES = [(33, 70), (64, 32), (1, 1)]
if keras.backend.backend() == "jax":  # It compiles for every size anew.
    SHAPES = SHAPES[:1]


@pytest.fixture(scope="module")
def network():
    patches = keras.Input((32, 32, 3))
    kernel = keras.initializers.RandomNormal(0, 0.5, seed=1)
    x = keras.layers.Conv2D(5, 3, activation="relu", kernel_initializer=kernel)(patches)
    return keras.Model(patches, keras.layers.GlobalAveragePooling2D()(x))


@pytest.mark.parametrize("shape", SHAPES)
def test_windows_give_what_all_patches_together_give(network, shape, monkeypatch):
    monkeypatch.setattr(multiscale_tokens, "WINDOW", 4)
    layer = layers.MultiscaleTokens(network, sides=(40, 96))
    images = np.stack([toy_image(seed, *shape) for seed in (1, 2)])
    result = ops.convert_to_numpy(layer(images))
    assert result.shape == layer.compute_output_shape(images.shape)
    levels = images.astype("float32")
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(levels)), result)
    alone = ops.convert_to_numpy(layer(images[1:]))
    np.testing.assert_array_equal(alone, result[1:])
    for together in (layer(levels, training=True), unrolled(layer, images)):
        np.testing.assert_allclose(ops.convert_to_numpy(together), result, atol=1e-5)


def unrolled(layer, values):
    layer.unrolled = True
    return layer(values)


@pytest.mark.parametrize("options", [{"sides": (96, 40)}, {"grid": 0}])
def test_wrong_options_of_tokens_are_refused(network, options):
    with pytest.raises(ValueError, match=r"Received: sides=.*, grid="):
        layers.MultiscaleTokens(network, **options)


@pytest.fixture
def tokens():
    return np.random.default_rng(3).normal(size=(2, 11, 12)).astype("float32")


def attention_of(heads=3):
    keras.utils.set_random_seed(0)
    layer = layers.SelfAttention(heads)
    layer.build((None, None, 12))
    return layer


def test_attention_in_windows_is_that_of_all_tokens(tokens, monkeypatch):
    monkeypatch.setattr(self_attention, "MOST_QUERIES", 4)
    layer = attention_of()
    result = ops.convert_to_numpy(layer(tokens))
    for together in (layer(tokens, training=True), unrolled(layer, tokens)):
        np.testing.assert_allclose(ops.convert_to_numpy(together), result, atol=1e-6)


def test_attention_of_one_head_is_the_formula(tokens):
    layer = attention_of(heads=1)
    dense = {name: getattr(layer, name) for name in ("query", "key", "value", "out")}
    weights = {
        name: [ops.convert_to_numpy(weight) for weight in part.weights]
        for name, part in dense.items()
    }

    def mapped(name, values):
        kernel, bias = weights[name]
        return values @ kernel + bias

    for image, result in zip(tokens, ops.convert_to_numpy(layer(tokens)), strict=True):
        products = mapped("query", image) @ mapped("key", image).T / 12**0.5
        shares = np.exp(products) / np.exp(products).sum(1, keepdims=True)
        expected = mapped("out", shares @ mapped("value", image))
        np.testing.assert_allclose(result, expected, atol=1e-5)


@pytest.mark.parametrize("heads", [0, 5])
def test_wrong_heads_are_refused(tokens, heads):
    with pytest.raises(ValueError, match=f"heads={heads}"):
        layers.SelfAttention(heads)(tokens)


def test_kernels_are_standardized():
    layer = layers.StandardizedConv2D(4, 3, strides=2)
    images = np.random.default_rng(0).normal(size=(1, 5, 5, 3)).astype("float32")
    result = ops.convert_to_numpy(layer(images))
    assert result.shape == layer.compute_output_shape(images.shape) == (1, 3, 3, 4)
    kernel = ops.convert_to_numpy(layer.kernel)
    standard = (kernel - kernel.mean((0, 1, 2))) / (kernel.std((0, 1, 2)) + 1e-5)
    padded = np.pad(images[0], ((1, 1), (1, 1), (0, 0)))
    window = padded[2:5, 4:7]
    expected = np.tensordot(window, standard, 3)
    np.testing.assert_allclose(result[0, 1, 2], expected, atol=1e-5)
    layer.kernel.assign(7.0 * kernel + 3.0)  # Neither counts.
    np.testing.assert_allclose(ops.convert_to_numpy(layer(images)), result, atol=1e-3)


def test_wrong_sizes_of_kernels_are_refused():
    with pytest.raises(ValueError, match="strides=0"):
        layers.StandardizedConv2D(4, 3, strides=0)
