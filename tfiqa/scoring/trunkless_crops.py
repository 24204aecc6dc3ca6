"""Scorers on crops whose files lack the trunk; see `trunkless`.

A network of crops consists of a trunk of `backbones.pooled` and of a head on its maps.
The file holds the head and the layers after the mean over the crops.
"""

from typing import Any

import keras

from tfiqa import layers
from tfiqa.backbones.pooled import build_pooled
from tfiqa.layers.packaged_trunk import PackagedTrunk


def parts_of(scorer: keras.Model) -> tuple[keras.Model, keras.Model] | None:
    """Returns trunk and head of a scorer on crops; None if it is not made like that."""
    crops = scorer.layers[1]
    if not isinstance(crops, layers.PatchMean):
        return None
    inner = crops.network.layers[1:]
    if len(inner) != 2 or not all(isinstance(part, keras.Model) for part in inner):
        return None
    trunk, head = inner
    return trunk, head


def without_trunk(scorer: keras.Model, sha256: str) -> keras.Model:
    """Returns the head of a scorer, from maps of a crop to quality.

    Args:
        scorer: A scorer with `parts_of`.
        sha256: SHA-256 of the file of the trunk's weights.
    """
    crops: Any = scorer.layers[1]
    trunk, head = crops.network.layers[1:]
    mos = scorer.layers[-1]
    maps = [keras.Input(one.shape[1:], name=one.name) for one in head.inputs]
    quality = head(maps)[:, -1:]
    for layer in scorer.layers[2:-1]:
        quality = layer(quality)
    marker = PackagedTrunk(
        trunk.name,
        sha256,
        {},
        {key: getattr(mos, key) for key in ("scale", "offset", "metadata")},
        crops={key: getattr(crops, key) for key in ("size", "grid", "coverage")},
        name="packaged_trunk",
    )
    return keras.Model(maps, marker(quality), name=scorer.name)


def with_trunk(file: keras.Model) -> keras.Model:
    """Returns the scorer of a file of `without_trunk`, with the trunk of its package.

    Raises:
        ValueError: If the package is missing or altered.
    """
    marker = file.layers[-1]
    number, head = next(
        (number, layer)
        for number, layer in enumerate(file.layers)
        if isinstance(layer, keras.Model)
    )
    size = marker.crops["size"]
    trunk = build_pooled(marker.trunk, "package", size)
    crop = keras.Input((size, size, 3), name="crops")
    network = keras.Model(crop, head(trunk(crop)), name="hyperiqa")
    images = keras.Input((None, None, 3), name="images")
    features = layers.PatchMean(network, **marker.crops, name="features")(images)
    quality = features[:, -1:]
    for layer in file.layers[number + 1 : -1]:
        quality = layer(quality)
    mos = layers.MOS(**marker.mos)(quality, images)
    return layers.Scorer(images, mos, name=file.name)
