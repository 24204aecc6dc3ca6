"""Backbones: networks from pixels to four feature maps, by name.

Every backbone takes float32 RGB `(batch, height, width, 3)` in `[0, 255]`, normalizes
it as its ImageNet weights expect, and returns its last feature maps at 1/4, 1/8, 1/16
and 1/32 of the size of the image.
"""

import os
from pathlib import Path

import keras
from keras import ops

from tfiqa.backbones import checkpoints
from tfiqa.backbones import efficientnet_lite_weights
from tfiqa.backbones.torchvision_files import check_sum
from tfiqa.backbones.torchvision_files import torchvision_file
from tfiqa.backbones.torchvision_layout import build_dense as build_dense
from tfiqa.backbones.torchvision_layout import (
    initialize_as_torchvision as initialize_as_torchvision,
)
from tfiqa.backbones.torchvision_layout import is_resnet as is_resnet
from tfiqa.backbones.torchvision_layout import (
    load_torchvision_resnet as load_torchvision_resnet,
)
from tfiqa.backbones.torchvision_layout import load_torchvision_vgg
from tfiqa.backbones.torchvision_layout import torchvision_shapes as torchvision_shapes
from tfiqa.backbones.trunks import BACKBONES as BACKBONES
from tfiqa.backbones.trunks import IMAGENET_MEAN as IMAGENET_MEAN
from tfiqa.backbones.trunks import IMAGENET_STD as IMAGENET_STD
from tfiqa.backbones.trunks import STRIDES as STRIDES
from tfiqa.backbones.trunks import batch_normalizations
from tfiqa.layers.pinned import channels_last


def build_backbone(
    name: str,
    weights: str | os.PathLike[str] | None,
    *,
    size: int | None = None,
    normalized: bool = True,
) -> keras.Model:
    """Returns the backbone `name`, a model from images to its four stages.

    Args:
        name: A key of `BACKBONES`.
        weights: `None` for random weights; `"torchvision"` for torchvision's first ones
            of ImageNet, those of the papers; `"imagenet"` for those that KerasHub or
            Keras publishes; both are downloaded if necessary; `"package"` for those of
            an installed package; or a file: `.h5` as Keras writes it for the trunk, for
            a ResNet or `vgg16_torchvision` a checkpoint in torchvision's layout
            (`checkpoints.SUFFIXES`), for an EfficientNet-Lite the published one.
        size: Side of the images, if it is fixed.
        normalized: Whether images are normalized as its ImageNet weights expect, or
            only scaled to `[0, 1]`.

    Raises:
        ValueError: If the name or weights do not exist, or the weights do not fit.
    """
    if name not in BACKBONES:
        raise ValueError(
            f"`name` must be one of {sorted(BACKBONES)}. Received: name={name!r}"
        )
    row = BACKBONES[name]
    if weights == "torchvision":
        weights = torchvision_file(name)
    if weights == "imagenet" and not row.published:
        raise ValueError(
            f"There are no ImageNet weights of {name}. Received: weights={weights!r}"
        )
    with channels_last():
        trunk = row.trunk(weights == "imagenet")
    if row.packaged and weights is not None and Path(weights).suffix != ".h5":
        arrays = efficientnet_lite_weights.read_weights(name, weights)
        efficientnet_lite_weights.load_published(trunk, arrays)
    elif weights not in (None, "imagenet"):
        _load_weights(
            trunk,
            Path(weights),
            in_torchvision_layout=is_resnet(trunk) or name == "vgg16_torchvision",
        )
    images = keras.Input((size, size, 3), name="images")
    pixels = ops.flip(images, axis=-1) if row.bgr else images
    mean, std = (row.mean, row.std) if normalized else ((0.0,) * 3, (255.0,) * 3)
    normalize = keras.layers.Rescaling(
        [1 / scale for scale in std],
        [-center / scale for center, scale in zip(mean, std, strict=True)],
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

    A ResNet without weights is initialized as in torchvision.

    Args:
        name: See `build_backbone`.
        weights: See `build_backbone`.
        normalized: See `build_backbone`.
        seed: Seed of the weights of a ResNet.
    """
    backbone = build_backbone(name, weights, normalized=normalized)
    if weights is None and is_resnet(backbone.layers[-1]):
        initialize_as_torchvision(backbone.layers[-1], seed=seed)
    images = keras.Input((None, None, 3), name="images")
    return keras.Model(images, backbone(images)[-1], name="trunk")


def first_stages(backbone: keras.Model, count: int) -> keras.Model:
    """Returns a backbone without the layers after its first `count` stages.

    It shares the weights of the others.

    Args:
        backbone: Model of `build_backbone`.
        count: Number of stages, 1 to 4.
    """
    trunk = backbone.layers[-1]
    cut = keras.Model(trunk.input, trunk.outputs[:count], name=trunk.name)
    normalized = backbone.get_layer("normalize").output
    return keras.Model(backbone.input, cut(normalized), name=backbone.name)


def synchronize(model: keras.Model, *, across_replicas: bool) -> None:
    """Makes batch normalization use the statistics of all replicas, or only its own.

    Synchronized layers train as one device with the entire batch would. Switch a model
    back before saving it, since only TensorFlow can load synchronized layers.
    """
    for layer in batch_normalizations(model):
        layer.synchronized = across_replicas


def freeze_stages(backbone: keras.Model, count: int) -> None:
    """Excludes the first `count` stages of a backbone from training."""
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


def _load_weights(
    trunk: keras.Model, path: Path, *, in_torchvision_layout: bool
) -> None:
    if not path.is_file():
        raise ValueError(
            "`weights` must be None, 'torchvision', 'imagenet' or an existing file. "
            f"Received: weights={str(path)!r}"
        )
    if path.suffix == ".h5":
        trunk.load_weights(path)
        return
    if not in_torchvision_layout:
        raise ValueError(
            "Only ResNets and `vgg16_torchvision` read torchvision's layout; others "
            f"need the `.h5` file of Keras. Received: weights={str(path)!r}"
        )
    load, classifier = (
        (load_torchvision_resnet, "fc.")
        if is_resnet(trunk)
        else (load_torchvision_vgg, "classifier.")
    )
    check_sum(path)
    arrays = checkpoints.read_arrays(path)
    load(trunk, {n: a for n, a in arrays.items() if not n.startswith(classifier)})
