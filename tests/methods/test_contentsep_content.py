"""Tests of the frozen network that tells contentsep what is in a crop."""

import keras
import keras_hub
import numpy as np
import pytest
from keras import ops

from tests.methods.test_contentsep import PICTURES
from tests.methods.test_contentsep import QUICK
from tests.support.toy_scorer import toy_image
from tfiqa import backbones
from tfiqa import trainers
from tfiqa.backbones import efficientnet_lite_weights
from tfiqa.config.overrides import override
from tfiqa.data.sources import Sources
from tfiqa.methods import contentsep
from tfiqa.methods.contentsep.content import build_content


@pytest.fixture(scope="module")
def trained_weights(tmp_path_factory):
    path = tmp_path_factory.mktemp("content") / "resnet10_slim.weights.h5"
    keras.utils.set_random_seed(0)
    backbones.build_backbone("resnet10_slim", None).layers[-1].save_weights(path)
    return str(path)


def test_content_is_the_nearest_cluster(trained_weights):
    config = override(
        QUICK,
        {
            "content": "resnet10_slim",
            "content_weights": trained_weights,
            "content_normalization": "imagenet",
            "content_clusters": 3,
        },
    )
    content = build_content(config, PICTURES, seed=0)
    crops = np.stack([toy_image(seed, 32, 32) for seed in range(4)]).astype("float32")
    result = ops.convert_to_numpy(content(crops))
    backbone = backbones.build_backbone("resnet10_slim", trained_weights)
    features = ops.convert_to_numpy(backbone(crops)[-1]).mean(axis=(1, 2))
    centers = content.get_layer("shares").get_weights()[0].T / 2
    squares = ((features[:, None] - centers[None]) ** 2).sum(axis=2)
    shares = np.exp(squares.min(axis=1, keepdims=True) - squares)
    np.testing.assert_allclose(
        result, shares / shares.sum(axis=1, keepdims=True), atol=1e-4
    )
    with pytest.raises(ValueError, match=r"at most 8.*content_clusters=9"):
        build_content(override(config, {"content_clusters": 9}), PICTURES, seed=0)


@pytest.mark.parametrize("normalization", ["none", "imagenet"])
def test_content_is_the_softmax_of_a_classifier(normalization, tmp_path):
    path = tmp_path / "mobilenet.weights.h5"
    keras.utils.set_random_seed(0)
    classifier = keras.applications.MobileNet(weights=None, input_shape=(32, 32, 3))
    classifier.save_weights(path)
    config = override(
        QUICK,
        {
            "content": "MobileNet",
            "content_weights": str(path),
            "content_normalization": normalization,
        },
    )
    content = build_content(config, PICTURES, seed=0)
    crops = np.stack([toy_image(seed, 32, 32) for seed in range(2)]).astype("float32")
    pixels = crops / 255 if normalization == "none" else crops / 127.5 - 1
    expected = ops.convert_to_numpy(classifier(pixels))
    assert expected.shape == (2, 1000)
    np.testing.assert_allclose(
        ops.convert_to_numpy(content(crops)), expected, rtol=1e-3, atol=1e-7
    )


@pytest.mark.parametrize("normalization", ["none", "imagenet"])
def test_content_is_the_softmax_of_a_package(normalization):
    config = override(
        QUICK,
        {
            "content": "efficientnet_lite0_package",
            "content_weights": "package",
            "content_normalization": normalization,
        },
    )
    content = build_content(config, PICTURES, seed=0)
    crops = np.stack([toy_image(seed, 32, 32) for seed in range(2)]).astype("float32")
    pixels = crops / 255 if normalization == "none" else (crops - 127) / 128
    arrays = efficientnet_lite_weights.read_package("efficientnet_lite0")
    stages = efficientnet_lite_weights.published_network("efficientnet_lite0")
    features = ops.convert_to_numpy(stages(pixels)[-1]).mean(axis=(1, 2))
    logits = features @ np.float64(arrays["_fc.weight"]).T + arrays["_fc.bias"]
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    result = ops.convert_to_numpy(content(crops))
    assert result.shape == (2, 1000)
    np.testing.assert_allclose(result, shares, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("normalization", ["none", "imagenet"])
def test_content_is_the_softmax_of_a_preset(normalization, tmp_path):
    keras.utils.set_random_seed(0)
    backbone = keras_hub.models.ResNetBackbone(
        input_conv_filters=[64],
        input_conv_kernel_sizes=[3],
        stackwise_num_filters=[64, 16],
        stackwise_num_blocks=[1, 1],
        stackwise_num_strides=[1, 2],
        block_type="basic_block",
        image_shape=(None, None, 3),
    )
    classifier = keras_hub.models.ResNetImageClassifier(backbone, num_classes=5)
    classifier.save_to_preset(tmp_path / "preset")
    weights = "imagenet"
    if normalization == "imagenet":  # Of its own file.
        weights = str(tmp_path / "other.weights.h5")
        head = classifier.output_dense
        head.set_weights([3 * weight for weight in head.get_weights()])
        classifier.save_weights(weights)
    config = override(
        QUICK,
        {
            "content": str(tmp_path / "preset"),
            "content_weights": weights,
            "content_normalization": normalization,
        },
    )
    content = build_content(config, PICTURES, seed=0)
    crops = np.stack([toy_image(seed, 32, 32) for seed in range(2)]).astype("float32")
    pixels = crops / 255
    if normalization == "imagenet":
        pixels = (pixels - backbones.IMAGENET_MEAN) / backbones.IMAGENET_STD
    logits = np.float64(ops.convert_to_numpy(classifier(pixels.astype("float32"))))
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    assert np.ptp(shares) > 0.01
    np.testing.assert_allclose(
        ops.convert_to_numpy(content(crops)), shares, rtol=1e-3, atol=1e-6
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"content": "ResNet5"}, "`content` must be.*content='ResNet5'"),
        ({"content": "resnet"}, "`content` must be.*content='resnet'"),  # A module.
        (
            {"content": "MobileNet", "content_weights": "/no/such.h5"},
            "content_weights='/no/such.h5'",
        ),
        (
            {"content": "resnet18", "content_weights": "/no/such.h5"},
            "content_weights='/no/such.h5'",
        ),
        (
            {"content": "efficientnet_lite0_package", "content_weights": "imagenet"},
            "'package' or an existing file.*content_weights='imagenet'",
        ),
        ({"content": "resnet10_slim"}, "no ImageNet weights of resnet10_slim"),
        ({"content": "resnet18"}, "at most 8.*content_clusters=256"),
        (
            {"content": "resnet18", "content_pictures": 4, "content_clusters": 5},
            "at most 4.*content_clusters=5",
        ),
    ],
)
def test_wrong_content_is_told_before_the_first_stage(wrong, message, tmp_path):
    config = override(
        QUICK,
        {"penalty": 1.0, "penalty_from": 0, "content_weights": "imagenet", **wrong},
    )
    sources = Sources(images=PICTURES, authentic_images=PICTURES)
    with pytest.raises(ValueError, match=message):
        contentsep.check(config, sources, trainers.Run(tmp_path, verbose=0))
    assert not list(tmp_path.iterdir())
