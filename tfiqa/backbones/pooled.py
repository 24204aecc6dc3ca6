"""Backbones whose stages are averaged over patches, as HyperIQA's head reads them."""

import os

import keras

from tfiqa.backbones.build import build_backbone


def build_pooled(
    name: str, weights: str | os.PathLike[str] | None, size: int
) -> keras.Model:
    """Returns a frozen backbone from crops to its stages, the first three averaged.

    A patch of a stage is as large as the map of the last stage. HyperIQA's local
    branches take the mean of each patch after a 1x1 convolution; a mean commutes with
    such a convolution, so it can be taken first. For crops of 224 pixels, the maps have
    sides of 8, 4, 2 and 7.

    Args:
        name: See `build_backbone`.
        weights: See `build_backbone`.
        size: Side of the crops in pixels, a multiple of 32.
    """
    crops = keras.Input((size, size, 3), name="crops")
    trunk = build_backbone(name, weights, size=size)
    trunk.trainable = False
    *stages, last = trunk(crops)
    side = last.shape[1]
    maps = [
        keras.layers.AveragePooling2D(
            side, data_format="channels_last", name=f"patches_{index}"
        )(stage)
        for index, stage in enumerate(stages, start=1)
    ]
    return keras.Model(crops, [*maps, last], name=name)
