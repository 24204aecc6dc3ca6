"""SFA: statistics of deep features of overlapping patches, and a regression on them."""

import itertools
import os
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from tfiqa import backbones
from tfiqa import layers
from tfiqa.layers.patch_statistics import AGGREGATIONS
from tfiqa.regression import LinearMap
from tfiqa.regression import frozen


def build_trunk(
    name: str, weights: str | os.PathLike[str] | None, count: int
) -> keras.Model:
    """Returns the first stages of a backbone, which are not trained.

    Args:
        name: A key of `BACKBONES`.
        weights: See `backbones.build_backbone`.
        count: Number of stages, 1 to 4.
    """
    trunk = backbones.first_stages(backbones.build_backbone(name, weights), count)
    trunk.trainable = False
    return trunk


def build_descriptor(
    trunk: keras.Model,
    stages: Sequence[int],
    *,
    patch_size: int = 224,
    stride: int = 112,
    extended: bool = False,
    variant: str = "matlab",
) -> keras.Model:
    """Returns the model from images of any size to features, `(batch, 11 * d)`.

    A patch is described by the spatial means of all channels of some stages; `d` is
    their number. An image is described by statistics over its patches.

    Args:
        trunk: Model of `build_trunk`.
        stages: Numbers of stages, from 1.
        patch_size: Side of a patch in pixels.
        stride: Distance of neighboring patches in pixels.
        extended: See `layers.PaddedPatchFeatures`.
        variant: See `layers.PatchStatistics`.

    Example:
        >>> trunk = build_trunk("resnet10_slim", None, 4)
        >>> features = build_descriptor(trunk, (3, 4))(images)  # (batch, 11 * 384)

    Reference:
        Li, Jiang, Lin & Jiang, "Which has better visual quality: the clear blue sky or
        a blurry animal?", IEEE Transactions on Multimedia 2019.
    """
    crops = keras.Input((patch_size, patch_size, 3), name="patches")
    maps = trunk(crops)
    means = [ops.mean(ops.cast(maps[n - 1], "float32"), axis=(1, 2)) for n in stages]
    network = keras.Model(crops, ops.concatenate(means, axis=-1), name="patch_network")
    images = keras.Input((None, None, 3), name="images")
    patches = layers.PaddedPatchFeatures(
        network, patch_size, stride, extended=extended, name="patches"
    )(images)
    features = layers.PatchStatistics(variant, name="features")(patches)
    return keras.Model(images, features, name="sfa_descriptor")


def columns_of_stage(depths: Sequence[int], index: int) -> list[np.ndarray]:
    """Returns which features are aggregations of one of several stages.

    Args:
        depths: Number of channels of each stage of a descriptor.
        index: Index of the stage among them.

    Returns:
        Indices of features for each aggregation, in the order of `AGGREGATIONS`.
    """
    first = sum(depths[:index])
    channels = np.arange(first, first + depths[index])
    counts = np.cumsum([0, *AGGREGATIONS.values()])
    return [
        (sum(depths) * np.arange(start, stop)[:, None] + channels).reshape(-1)
        for start, stop in itertools.pairwise(counts)
    ]


def build_scorer(
    descriptor: keras.Model, linear: LinearMap, metadata: dict[str, Any]
) -> keras.Model:
    """Returns the scorer: the descriptor and the regression as a layer named `pls`.

    Args:
        descriptor: Model of `build_descriptor` with one stage.
        linear: From its features to MOS.
        metadata: See `layers.MOS`.
    """
    return frozen.build_scorer(
        descriptor, linear, metadata, name="sfa", regression="pls"
    )
