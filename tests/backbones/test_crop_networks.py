"""Tests of networks for crops of one size, against convolutions in NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from tfiqa import backbones
from tfiqa.backbones import alexnet
from tfiqa.backbones.s_cnn_64 import build_s_cnn_64

RNG = np.random.default_rng(0)


def windows(maps, side, stride=1):
    result = np.lib.stride_tricks.sliding_window_view(maps, (side, side), axis=(0, 1))
    return result[::stride, ::stride]  # (rows, columns, channels, side, side)


def convolved(maps, kernel, bias, *, stride=1, pad=0):
    """Returns the convolution of `(rows, columns, c)` with `(out, c, side, side)`."""
    padded = np.pad(maps, ((pad, pad), (pad, pad), (0, 0)))
    cut = windows(padded, kernel.shape[-1], stride)
    flat = cut.reshape(*cut.shape[:2], -1)
    return flat @ kernel.reshape(len(kernel), -1).T + bias


def pooled(maps, side):
    return windows(maps, side, 2).max(axis=(3, 4))


def relu(values):
    return np.maximum(values, 0)


def test_s_cnn_is_four_pooled_convolutions_and_one_over_the_rest():
    keras.utils.set_random_seed(0)
    network = build_s_cnn_64()
    crop = RNG.normal(size=(64, 64, 3)).astype("float32")
    maps = crop
    for number in range(1, 6):
        kernel, bias = network.get_layer(f"conv{number}").get_weights()
        maps = convolved(maps, kernel.transpose(3, 2, 0, 1), bias)
        maps = relu(pooled(maps, 2) if number < 5 else maps)
    assert maps.shape == (1, 1, 512)
    result = ops.convert_to_numpy(network(crop[None]))[0]
    np.testing.assert_allclose(result, maps.reshape(-1), rtol=1e-3, atol=1e-5)


def test_s_cnn_starts_from_half_of_the_law_of_he():
    network = build_s_cnn_64()
    for name, expected in (("conv3", (2 / (9 * 128)) ** 0.5 / 2), ("conv5", 2**-6)):
        kernel = network.get_layer(name).get_weights()[0]
        assert kernel.std() == pytest.approx(expected, rel=0.03)


def torchvision_arrays(units):
    shapes = alexnet.torchvision_shapes(alexnet.build_alexnet(units=units))
    arrays = {
        name: RNG.normal(0, (2 / np.prod(shape[1:])) ** 0.5, shape).astype("float32")
        if len(shape) > 1
        else RNG.normal(0, 0.1, shape).astype("float32")
        for name, shape in shapes.items()
    }
    last = {"classifier.6.weight": np.zeros((9, units)), "classifier.6.bias": [0] * 9}
    return arrays, last


def test_alexnet_computes_what_torchvisions_layout_means():
    arrays, last = torchvision_arrays(units=12)
    assert arrays["features.0.weight"].shape == (64, 3, 11, 11)
    assert arrays["classifier.1.weight"].shape == (12, 256 * 6 * 6)
    network = alexnet.build_alexnet(227, units=12)
    alexnet.load_torchvision(network, {**arrays, **last})
    crop = RNG.normal(size=(227, 227, 3)).astype("float32")
    maps = crop
    for stored, stride, pad in ((0, 4, 2), (3, 1, 2), (6, 1, 1), (8, 1, 1), (10, 1, 1)):
        kernel, bias = (arrays[f"features.{stored}.{w}"] for w in ("weight", "bias"))
        maps = relu(convolved(maps, kernel, bias, stride=stride, pad=pad))
        if stored in (0, 3, 10):
            maps = pooled(maps, 3)
    vector = maps.transpose(2, 0, 1).reshape(-1)  # Channels first, as in PyTorch.
    for stored in (1, 4):
        kernel, bias = (arrays[f"classifier.{stored}.{w}"] for w in ("weight", "bias"))
        vector = relu(kernel @ vector + bias)
    result = ops.convert_to_numpy(network(crop[None]))[0]
    np.testing.assert_allclose(result, vector, rtol=1e-3, atol=1e-3)


def test_other_files_and_sizes_of_alexnet_are_refused():
    arrays, _ = torchvision_arrays(units=12)
    network = alexnet.build_alexnet(units=12)
    del arrays["features.3.bias"]
    with pytest.raises(ValueError, match=r"missing \(1\): features.3.bias"):
        alexnet.load_torchvision(network, arrays)
    assert alexnet.build_alexnet(224, units=12).count_params() == network.count_params()
    with pytest.raises(ValueError, match=r"side=160, whose last map has 4 x 4"):
        alexnet.build_alexnet(160, units=12)


def vectors(name, crops, **options):
    keras.utils.set_random_seed(0)
    size = crops.shape[1]
    network = backbones.build_crop_network(name, None, size=size, **options)
    return ops.convert_to_numpy(network(crops, training=False))


def test_a_backbone_is_averaged_over_its_last_map():
    crops = RNG.uniform(0, 255, (2, 64, 64, 3)).astype("float32")
    keras.utils.set_random_seed(0)
    backbone = backbones.build_backbone("resnet10_slim", None)
    last = ops.convert_to_numpy(backbone(crops, training=False)[-1])
    result = vectors("resnet10_slim", crops)
    np.testing.assert_allclose(result, last.mean(axis=(1, 2)), atol=1e-4)


@pytest.mark.parametrize("name", ["s_cnn_64", "resnet10_slim", "vgg16"])
def test_a_center_takes_the_place_of_the_mean_of_the_weights(name):
    crops = RNG.uniform(0, 255, (1, 64, 64, 3)).astype("float32")
    center = (90.0, 120.0, 100.0)
    row = backbones.CROP_NETWORKS.get(name) or backbones.BACKBONES[name]
    mean = row.mean[::-1] if name == "vgg16" else row.mean  # Its blue comes first.
    shifted = (crops - np.array(center) + np.array(mean)).astype("float32")
    expected = vectors(name, shifted)
    np.testing.assert_allclose(
        vectors(name, crops, center=center), expected, rtol=1e-3, atol=1e-3
    )


def test_frozen_stages_are_not_trained():
    frozen = backbones.build_crop_network(
        "resnet10_slim", None, size=32, frozen_stages=4
    )
    assert not frozen.trainable_weights


def test_weights_of_keras_are_read(tmp_path):
    source = build_s_cnn_64()
    source.save_weights(tmp_path / "w.weights.h5")
    network = backbones.build_crop_network(
        "s_cnn_64", tmp_path / "w.weights.h5", size=64
    )
    for result, expected in zip(
        network.get_weights(), source.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize(
    ("weights", "size", "message"),
    [
        (None, 65, r"`size` must be 64 for s_cnn_64. Received: size=65"),
        ("none.h5", 64, r"existing file. Received: weights=none.h5"),
        (__file__, 64, r"`.h5` file of Keras is expected. Received: .*networks.py"),
    ],
)
def test_wrong_arguments_are_named(weights, size, message):
    with pytest.raises(ValueError, match=message):
        backbones.build_crop_network("s_cnn_64", weights, size=size)
