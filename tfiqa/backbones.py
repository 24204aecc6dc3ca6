"""Backbones: networks from pixels to four feature maps, by name.

Every backbone takes float32 RGB `(batch, height, width, 3)` in `[0, 255]`, normalizes
it as its ImageNet weights expect, and returns its last feature maps at a quarter, an
eighth, a sixteenth and a thirty-second of the size of the picture.
"""

import dataclasses
import functools
import os
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import keras
import keras_hub
from keras import ops

from tfiqa import checkpoints
from tfiqa.torchvision_layout import build_dense as build_dense
from tfiqa.torchvision_layout import (
    initialize_as_torchvision as initialize_as_torchvision,
)
from tfiqa.torchvision_layout import is_resnet as is_resnet
from tfiqa.torchvision_layout import load_torchvision_resnet as load_torchvision_resnet
from tfiqa.torchvision_layout import torchvision_shapes as torchvision_shapes
from tfiqa.vision_transformer import vision_transformer

STRIDES = (4, 8, 16, 32)

# Of ImageNet in [0, 1], as torchvision, timm and DenseNet's authors use them.
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclasses.dataclass(frozen=True)
class Backbone:
    """How to build the trunk of a backbone.

    Attributes:
        trunk: From ImageNet weights or not to a model whose outputs are the four
            stages.
        mean: Of each channel, in `[0, 255]`.
        std: Of each channel, in `[0, 255]`.
        bgr: Whether the trunk wants blue first.
    """

    trunk: Callable[[bool], keras.Model]
    mean: tuple[float, ...] = tuple(255 * value for value in IMAGENET_MEAN)
    std: tuple[float, ...] = tuple(255 * value for value in IMAGENET_STD)
    bgr: bool = False


def _resnet(
    imagenet: bool,
    *,
    blocks: tuple[int, ...],
    filters: tuple[int, ...] = (64, 128, 256, 512),
    bottleneck: bool = False,
    preset: str = "",
) -> keras.Model:
    if imagenet and not preset:
        raise ValueError("There are no ImageNet weights of this backbone.")
    if imagenet:
        model = keras_hub.models.ResNetBackbone.from_preset(preset)
    else:
        model = keras_hub.models.ResNetBackbone(
            input_conv_filters=[64],
            input_conv_kernel_sizes=[7],
            stackwise_num_filters=list(filters),
            stackwise_num_blocks=list(blocks),
            stackwise_num_strides=[1, 2, 2, 2],
            block_type="bottleneck_block" if bottleneck else "basic_block",
            image_shape=(None, None, 3),
        )
    return keras.Model(model.input, list(model.pyramid_outputs.values()))


def _application(imagenet: bool, *, name: str, taps: tuple[str, ...], **options):
    build = getattr(keras.applications, name)
    model = build(
        input_shape=(None, None, 3),
        include_top=False,
        weights="imagenet" if imagenet else None,
        **options,
    )
    maps = [model.get_layer(tap).output for tap in taps]
    return keras.Model(model.input, [*maps, *model.outputs][: len(STRIDES)])


def _mobilenet_v3_small(imagenet: bool) -> keras.Model:
    model = _application(
        imagenet,
        name="MobileNetV3Small",
        taps=("expanded_conv_project_bn", "expanded_conv_2_add", "expanded_conv_7_add"),
        include_preprocessing=False,
    )
    for layer in _batch_normalizations(model):
        layer.momentum = 0.9  # With its own .999 short trainings never settle.
    return model


BACKBONES: dict[str, Backbone] = {
    "resnet10_slim": Backbone(
        functools.partial(_resnet, blocks=(1, 1, 1, 1), filters=(64, 64, 128, 256))
    ),
    "resnet18": Backbone(
        functools.partial(_resnet, blocks=(2, 2, 2, 2), preset="resnet_18_imagenet")
    ),
    "resnet34": Backbone(
        functools.partial(_resnet, blocks=(3, 4, 6, 3), preset="resnet_34_imagenet")
    ),
    "resnet50": Backbone(
        functools.partial(
            _resnet, blocks=(3, 4, 6, 3), bottleneck=True, preset="resnet_50_imagenet"
        )
    ),
    "vgg16": Backbone(
        functools.partial(
            _application,
            name="VGG16",
            taps=("block2_pool", "block3_pool", "block4_pool", "block5_pool"),
        ),
        mean=(103.939, 116.779, 123.68),
        std=(1.0, 1.0, 1.0),
        bgr=True,
    ),
    "densenet169": Backbone(
        functools.partial(
            _application,
            name="DenseNet169",
            taps=("pool2_relu", "pool3_relu", "pool4_relu"),
        )
    ),
    "mobilenet_v3_small": Backbone(
        _mobilenet_v3_small, mean=(127.5,) * 3, std=(127.5,) * 3
    ),
    "vit_tiny": Backbone(
        functools.partial(vision_transformer, side=160, depth=12, heads=3, length=192),
        mean=(127.5,) * 3,
        std=(127.5,) * 3,
    ),
    "vit_base": Backbone(
        functools.partial(
            vision_transformer,
            side=224,
            depth=12,
            heads=12,
            length=768,
            preset="vit_base_patch16_224_imagenet",
        ),
        mean=(127.5,) * 3,
        std=(127.5,) * 3,
    ),
}


def build_backbone(
    name: str,
    weights: str | os.PathLike[str] | None,
    *,
    size: int | None = None,
    normalized: bool = True,
) -> keras.Model:
    """Returns the backbone `name`, a model from pictures to its four stages.

    Args:
        name: A key of `BACKBONES`.
        weights: `None` for random ones; `"imagenet"` for published ones, which are
            downloaded; or a file: `.h5` as Keras writes it for the trunk, or for a
            ResNet a checkpoint in torchvision's layout (`checkpoints.SUFFIXES`).
        size: Side of the pictures, where it is fixed.
        normalized: Whether pictures are normalized as its ImageNet weights expect, or
            only brought to `[0, 1]`.

    Raises:
        ValueError: Of a name or weights that do not exist or do not fit.
    """
    if name not in BACKBONES:
        raise ValueError(
            f"`name` must be one of {sorted(BACKBONES)}. Received: name={name!r}"
        )
    row = BACKBONES[name]
    trunk = row.trunk(weights == "imagenet")
    if weights not in (None, "imagenet"):
        _load_weights(trunk, Path(weights))
    images = keras.Input((size, size, 3), name="images")
    pixels = ops.flip(images, axis=-1) if row.bgr else images
    mean, std = (row.mean, row.std) if normalized else ((0.0,) * 3, (255.0,) * 3)
    normalize = keras.layers.Rescaling(
        [1 / one for one in std],
        [-one / other for one, other in zip(mean, std, strict=True)],
        name="normalize",
    )
    return keras.Model(images, trunk(normalize(pixels)), name=name)


def build_trunk(
    name: str,
    weights: str | os.PathLike[str] | None,
    *,
    normalized: bool,
    seed: int,
) -> keras.Model:
    """Returns the model from crops to the last feature map of a backbone.

    A ResNet without weights is drawn as torchvision draws it.

    Args:
        name: See `build_backbone`.
        weights: See `build_backbone`.
        normalized: See `build_backbone`.
        seed: Of the weights of a ResNet.
    """
    backbone = build_backbone(name, weights, normalized=normalized)
    if weights is None and is_resnet(backbone.layers[-1]):
        initialize_as_torchvision(backbone.layers[-1], seed=seed)
    images = keras.Input((None, None, 3), name="images")
    return keras.Model(images, backbone(images)[-1], name="trunk")


def synchronize(model: keras.Model, *, across_replicas: bool) -> None:
    """Makes batch normalisation use the statistics of all replicas, or of its own.

    Synchronized layers train as one device with the whole batch would; a model must
    be switched back before it is saved, since only TensorFlow can load such layers.
    """
    for layer in _batch_normalizations(model):
        layer.synchronized = across_replicas


def freeze_stages(backbone: keras.Model, count: int) -> None:
    """Keeps the first `count` stages of a backbone as they are during training."""
    if not 0 <= count <= len(STRIDES):
        raise ValueError(
            f"`count` must be between 0 and {len(STRIDES)}. Received: count={count}"
        )
    if count == 0:
        return
    trunk = backbone.layers[-1]
    last = trunk.outputs[count - 1]._keras_history.operation
    # Functional models list their layers from input to output.
    for layer in trunk.layers[: trunk.layers.index(last) + 1]:
        layer.trainable = False


def _load_weights(trunk: keras.Model, path: Path) -> None:
    if not path.is_file():
        raise ValueError(
            "`weights` must be None, 'imagenet' or an existing file. "
            f"Received: weights={str(path)!r}"
        )
    if path.suffix == ".h5":
        trunk.load_weights(path)
        return
    if not is_resnet(trunk):
        raise ValueError(
            "Only ResNets read torchvision's layout; others want the `.h5` file of "
            f"Keras. Received: weights={str(path)!r}"
        )
    arrays = checkpoints.read_arrays(path)
    classifier = ("fc.weight", "fc.bias")
    load_torchvision_resnet(
        trunk, {name: a for name, a in arrays.items() if name not in classifier}
    )


def _batch_normalizations(
    model: keras.Model,
) -> Iterator[keras.layers.BatchNormalization]:
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            yield layer
        elif isinstance(layer, keras.Model):
            yield from _batch_normalizations(layer)
