"""A frozen trunk: from images to features, and from features to quality."""

from typing import Any

import keras
import numpy as np
from keras import ops

from tfiqa import backbones
from tfiqa import layers
from tfiqa.backbones import efficientnet_lite
from tfiqa.backbones import efficientnet_lite_weights
from tfiqa.layers.map_statistics import MapStatistics
from tfiqa.layers.pixel_maps import has_pixel_maps
from tfiqa.layers.pixel_maps import with_pixel_maps
from tfiqa.layers.standardized_dense import StandardizedDense
from tfiqa.regression.standardization import Standardization


def build_trunk(
    name: str, weights: str | None, *, pixel_maps: bool = False
) -> keras.Model:
    """Returns a frozen trunk, from images in `[0, 255]` to its feature maps.

    EfficientNet-Lite has six maps, those of its stages; other backbones have four.

    Args:
        name: A key of `BACKBONES`.
        weights: See `backbones.build_backbone`.
        pixel_maps: Whether to append the two maps of `PixelMaps`.
    """
    if name not in efficientnet_lite.VARIANTS:
        trunk = backbones.build_backbone(name, weights)
    else:
        stages = efficientnet_lite.build_stages(name)
        if weights is not None:
            efficientnet_lite_weights.load_published(
                stages, efficientnet_lite_weights.read_weights(name, weights)
            )
        trunk = efficientnet_lite.on_pixels(stages)
    if pixel_maps:
        trunk = with_pixel_maps(trunk)
    trunk.trainable = False
    return trunk


def build_descriptor(trunk: keras.Model, tile_side: int) -> keras.Model:
    """Returns the model from images of any size to features, `(batch, d)`.

    Args:
        trunk: The model that `build_trunk` returns.
        tile_side: Side in pixels of the tiles that cover a large image.
    """
    images = keras.Input((None, None, 3), name="images")
    layer = MapStatistics(trunk, tile_side, extremes=shallow(trunk), name="features")
    return keras.Model(images, layer(images), name="descriptor")


def shallow(trunk: keras.Model) -> list[int]:
    """Returns the indices of the maps whose extremes are features.

    These are the first four maps and that of pixel structure. Extremes of deeper maps
    would add many features of little use.
    """
    numbers = list(range(len(trunk.outputs)))
    return numbers[:4] + (numbers[-1:] if has_pixel_maps(trunk) else [])


def build_head(length: int, hidden: int, name: str) -> keras.Model:
    """Returns a head of the ensemble, from standardized features to quality."""
    features = keras.Input((length,), name="standardized")
    x = keras.layers.Dense(hidden, activation="gelu", name="hidden")(features)
    return keras.Model(features, keras.layers.Dense(1, name="quality")(x), name=name)


def build_scorer(
    descriptor: keras.Model,
    standard: Standardization,
    members: list[list[np.ndarray]],
    units: tuple[float, float],
    metadata: dict[str, Any],
) -> keras.Model:
    """Returns the scorer: the mean of all members, in units of the MOS.

    The members are joined to one network, with the hidden units of all of them.

    Args:
        descriptor: Model from `build_descriptor`.
        standard: Standardization of the features.
        members: Kernel and bias of `hidden` and of `quality` for each member.
        units: Standard deviation and mean that scale the members' outputs to the MOS.
        metadata: See `layers.MOS`.
    """
    first, first_bias, last, last_bias = zip(*members, strict=True)
    hidden = StandardizedDense(
        sum(bias.size for bias in first_bias), standard.limit, name="hidden"
    )
    quality = keras.layers.Dense(1, name="quality")
    score = quality(hidden(descriptor.output))
    hidden.set_statistics(
        standard.mean,
        standard.deviation,
        np.concatenate(first, axis=1),
        np.concatenate(first_bias),
    )
    deviation, mean = units
    share = deviation / len(members)
    quality.set_weights([share * np.concatenate(last), mean + share * sum(last_bias)])
    mos = layers.MOS(metadata=metadata)(score, descriptor.input)
    return layers.Scorer(descriptor.input, mos, name="frozen_trunk")


def build_trainee(
    head: keras.Model, versions: int, *, input_dropout: float, dropout: float
) -> keras.Model:
    """Returns the model that is trained; it shares the weights of `head`.

    Its inputs are features of photographs `(batch, d)`, of lists of versions
    `(batch, versions, d)`, of pairs of a scene and another scene's distorted version,
    and of pairs of a scene and a harmless change of it, both `(batch, 2, d)`. Dropout
    is the same for all versions of a list, so that it does not change their order.
    """
    length = head.input_shape[-1]
    counts = {"photographs": 1, "ladders": versions, "scenes": 2, "harmless": 2}
    inputs = {
        name: keras.Input((length,) if count == 1 else (count, length), name=name)
        for name, count in counts.items()
    }
    hidden, quality = head.get_layer("hidden"), head.get_layer("quality")

    def scores(name):
        x = inputs[name]
        rows = x if x.ndim == 3 else ops.expand_dims(x, 1)
        rows = _dropout(input_dropout, length)(rows)
        rows = _dropout(dropout, hidden.units)(hidden(rows))
        return ops.squeeze(quality(rows), -1)

    outputs = {name: scores(name) for name in counts}
    pairs = outputs["harmless"]
    outputs["harmless"] = pairs[:, :1] - pairs[:, 1:]
    return keras.Model(inputs, outputs, name="trainee")


def _dropout(share: float, length: int) -> keras.layers.Layer:
    return keras.layers.Dropout(share, noise_shape=(None, 1, length))
