"""Trunks: the networks of backbones, from normalized images to four feature maps."""

import dataclasses
import functools
from collections.abc import Callable
from collections.abc import Iterator

import keras
import keras_hub

from tfiqa.backbones import efficientnet_lite
from tfiqa.backbones.vision_transformer import vision_transformer

STRIDES = (4, 8, 16, 32)

# For ImageNet pixels in [0, 1], as torchvision, timm and DenseNet's authors use them.
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclasses.dataclass(frozen=True)
class Backbone:
    """A backbone: how to build and how to use its trunk.

    Attributes:
        trunk: Function that takes whether to use ImageNet weights and returns a model
            whose outputs are the four stages.
        mean: Mean of each channel, in `[0, 255]`.
        std: Standard deviation of each channel, in `[0, 255]`.
        bgr: Whether the trunk expects blue first.
        published: Whether there are ImageNet weights to download.
        packaged: Whether its weights come in a Python package.
    """

    trunk: Callable[[bool], keras.Model]
    mean: tuple[float, ...] = tuple(255 * value for value in IMAGENET_MEAN)
    std: tuple[float, ...] = tuple(255 * value for value in IMAGENET_STD)
    bgr: bool = False
    published: bool = True
    packaged: bool = False


def _resnet(
    imagenet: bool,
    *,
    blocks: tuple[int, ...],
    filters: tuple[int, ...] = (64, 128, 256, 512),
    bottleneck: bool = False,
    preset: str = "",
) -> keras.Model:
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
    for layer in batch_normalizations(model):
        layer.momentum = 0.9  # With the default .999, short trainings never settle.
    return model


def _efficientnet_lite(imagenet: bool, *, name: str) -> keras.Model:
    del imagenet  # These weights are packaged, not downloaded.
    stages = efficientnet_lite.build_stages(name)
    maps = [stages.outputs[number] for number in (1, 2, 3, 5)]
    return keras.Model(stages.inputs, maps, name=name)


_VGG16_TAPS = ("block2_pool", "block3_pool", "block4_pool", "block5_pool")

BACKBONES: dict[str, Backbone] = {
    "resnet10_slim": Backbone(
        functools.partial(_resnet, blocks=(1, 1, 1, 1), filters=(64, 64, 128, 256)),
        published=False,
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
        functools.partial(_application, name="VGG16", taps=_VGG16_TAPS),
        mean=(103.939, 116.779, 123.68),
        std=(1.0, 1.0, 1.0),
        bgr=True,
    ),
    # The same network, on pixels as torchvision's weights expect them.
    "vgg16_torchvision": Backbone(
        functools.partial(_application, name="VGG16", taps=_VGG16_TAPS),
        published=False,
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
        published=False,
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
    **{
        name: Backbone(
            functools.partial(_efficientnet_lite, name=name),
            mean=efficientnet_lite.MEAN,
            std=efficientnet_lite.STD,
            published=False,
            packaged=True,
        )
        for name in efficientnet_lite.VARIANTS
    },
}


def batch_normalizations(
    model: keras.Model,
) -> Iterator[keras.layers.BatchNormalization]:
    """Yields the batch normalizations of a model, and of the models inside it."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            yield layer
        elif isinstance(layer, keras.Model):
            yield from batch_normalizations(layer)
