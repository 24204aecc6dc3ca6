"""Scorers whose files lack the trunk, which comes from a separate package.

A preset of a few megabytes holds only the head. When it is loaded, the trunk is read
from its package and checked by its hash; the result is an ordinary scorer.
"""

from pathlib import Path

import keras
import numpy as np

from tfiqa import layers
from tfiqa.backbones import efficientnet_lite
from tfiqa.backbones import efficientnet_lite_weights
from tfiqa.files.atomic import replacing
from tfiqa.layers.map_statistics import MapStatistics
from tfiqa.layers.packaged_trunk import PackagedTrunk
from tfiqa.layers.pixel_maps import has_pixel_maps
from tfiqa.layers.pixel_maps import with_pixel_maps
from tfiqa.scoring import trunkless_crops
from tfiqa.scoring.runtimes import light_writer
from tfiqa.scoring.scorer import metadata

# Names of presets that are not named like their method.
NAMES = {"frozen_trunk": "photo"}


def is_trunkless(model: keras.Model) -> bool:
    """Returns whether a model is a head without its trunk."""
    return isinstance(model.layers[-1], PackagedTrunk)


def without_trunk(scorer: keras.Model) -> keras.Model:
    """Returns the head of a scorer, from features to quality; weights are shared.

    Args:
        scorer: A scorer whose features are `MapStatistics` of a trunk with the weights
            of an installed package, or the output of a head on maps of this trunk for
            crops; see `trunkless_crops`.

    Raises:
        ValueError: If it has another trunk, or other weights than the package.
    """
    parts = trunkless_crops.parts_of(scorer)
    if parts is not None:
        trunk, _ = parts
        _check_published(trunk, trunk.name)
        sha256 = efficientnet_lite.VARIANTS[trunk.name].sha256
        return trunkless_crops.without_trunk(scorer, sha256)
    features, mos = scorer.layers[1], scorer.layers[-1]
    if not isinstance(features, MapStatistics) or not isinstance(mos, layers.MOS):
        raise ValueError(
            "A scorer on statistics of the maps of a packaged trunk is expected. "
            f"Received: {scorer.name!r}"
        )
    name = features.network.name
    _check_published(features.network, name)
    head_input = keras.Input((features.output.shape[-1],), name="head_input")
    quality = head_input
    for layer in scorer.layers[2:-1]:
        quality = layer(quality)
    marker = PackagedTrunk(
        name,
        efficientnet_lite.VARIANTS[name].sha256,
        {key: getattr(features, key) for key in ("side", "smallest", "extremes")},
        {key: getattr(mos, key) for key in ("scale", "offset", "metadata")},
        has_pixel_maps(features.network),
        name="packaged_trunk",
    )
    return keras.Model(head_input, marker(quality), name=scorer.name)


def with_trunk(head: keras.Model) -> keras.Model:
    """Returns the scorer that consists of the trunk of a package and a head.

    Raises:
        ValueError: If the package is missing or altered, or holds another trunk.
    """
    marker = head.layers[-1]
    known = efficientnet_lite.variant(marker.trunk).sha256
    if known != marker.sha256:
        raise ValueError(
            f"A trunk {marker.trunk} of SHA-256 {known} is expected. Received: a head "
            f"of one of SHA-256 {marker.sha256}"
        )
    if marker.crops is not None:
        return trunkless_crops.with_trunk(head)
    stages = efficientnet_lite_weights.published_network(marker.trunk)
    trunk = efficientnet_lite.on_pixels(stages)
    if marker.pixel_maps:
        trunk = with_pixel_maps(trunk)
    trunk.trainable = False
    images = keras.Input((None, None, 3), name="images")
    quality = MapStatistics(trunk, **marker.statistics, name="features")(images)
    for layer in head.layers[1:-1]:
        quality = layer(quality)
    mos = layers.MOS(**marker.mos)(quality, images)
    return layers.Scorer(images, mos, name=head.name)


def write_preset(scorer: keras.Model, folder: Path, name: str | None = None) -> Path:
    """Writes a scorer without its trunk as `NAME.keras`; returns the path.

    For a scorer on statistics of maps, also writes `NAME.light` beside it, with which
    the preset runs without Keras.

    Args:
        scorer: See `without_trunk`.
        folder: Folder of the files; created if missing.
        name: Name of the preset; that of its method by default, and `photo` for
            `frozen_trunk`.

    Raises:
        ValueError: See `without_trunk`.
        OSError: If the file cannot be written.
    """
    head = without_trunk(scorer)
    method = metadata(scorer)["method"]
    name = name or NAMES.get(method, method)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.keras"
    with replacing(path) as written:
        head.save(written)
    if head.layers[-1].crops is None:
        light_writer.write(path)
    return path


def _check_published(trunk: keras.Model, name: str) -> None:
    if name not in efficientnet_lite.VARIANTS:
        raise ValueError(
            f"A trunk with a package, {', '.join(efficientnet_lite.VARIANTS)}, is "
            f"expected. Received: {name!r}"
        )
    published = efficientnet_lite_weights.published_network(name).get_weights()
    weights = trunk.get_weights()
    if len(weights) != len(published) or not all(
        np.array_equal(actual, expected)
        for actual, expected in zip(weights, published, strict=True)
    ):
        raise ValueError(
            f"The weights of the package are expected in the trunk {name}. "
            "Received: others"
        )
