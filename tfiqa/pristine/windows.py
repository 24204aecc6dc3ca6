"""Scorers that compare the windows of an image with pristine ones, by a trunk.

The model of such a scorer is

    images -> windows: features (batch, rows, columns, d) and sharpness
    windows -> distance (batch, 1) -> mos (batch, 1), negative

Reference: Ni et al., "Opinion-unaware blind image quality assessment using multi-scale
deep feature statistics" (MDFS), IEEE Transactions on Multimedia 2024.
"""

import itertools
from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
from keras import ops

from tfiqa import __version__
from tfiqa import layers
from tfiqa.data.unfit import UnfitImages
from tfiqa.pixels.flatness import is_flat
from tfiqa.pristine import blocks
from tfiqa.scoring.scorer import reader

UNIT = "negative distance from pristine windows"


def window_scorer(
    windows: layers.MapWindows,
    images: Iterable[np.ndarray],
    *,
    limit: int,
    method: str,
    dataset: str,
    min_side: int,
) -> keras.Model:
    """Returns the scorer that compares windows with those of pristine images.

    Its nominal range of scores extends from the largest distance of a single pristine
    window, worst, to 0, best.

    Args:
        windows: Layer that describes the windows of an image.
        images: Pristine images, uint8 `(height, width, 3)` each. There must be more
            sharp windows than features.
        limit: Largest number of pristine images that are read.
        method: Name of the method, for the metadata.
        dataset: Name of the images, for the metadata.
        min_side: Smallest side of an image in pixels, for the metadata.

    Raises:
        UnfitImages: A `ValueError`, if there are too few sharp windows.
    """
    images = itertools.islice(images, limit)
    sharp = sharp_windows(windows, images, dataset=dataset)
    length = sharp.shape[1]
    mean, covariance = blocks.statistics(sharp, least=length)
    distance = layers.SharpnessWeightedDistance(length, name="distance")
    inputs = keras.Input((None, None, 3), name="images")
    features, sharpness = windows(inputs)
    average = layers.PatchAverage(name="features", dtype="float32")(features)
    quality = distance(features, average, sharpness)
    distance.set_weights([mean, blocks.whitening(covariance)])
    alone = ops.convert_to_numpy(distance.per_patch(sharp[:, None, None]))
    metadata: dict[str, Any] = {
        "method": method,
        "dataset": dataset,
        "mos_range": [-float(alone.max()), 0.0],
        "unit": UNIT,
        "min_side": min_side,
        "version": __version__,
        "pristine_windows": len(sharp),
    }
    mos = layers.MOS(scale=-1.0, metadata=metadata)(quality, inputs)
    return layers.Scorer(inputs, mos, name=f"{method}_scorer")


def sharp_windows(
    windows: layers.MapWindows, images: Iterable[np.ndarray], *, dataset: str
) -> np.ndarray:
    """Returns the features of the windows that are sharper than their image on average.

    Args:
        windows: Layer that describes the windows of an image.
        images: uint8 `(height, width, 3)` each.
        dataset: Name of the images, for messages.

    Returns:
        float32 `(windows, d)`.

    Raises:
        UnfitImages: If there are none, as in flat images.
    """
    inputs = keras.Input((None, None, 3), name="images")
    features, sharpness = windows(inputs)
    joined = keras.layers.Concatenate()([features, sharpness[..., None]])
    read = reader(keras.Model(inputs, joined))
    kept = []
    for image in images:
        described = read(image).reshape(-1, joined.shape[-1])
        sharp = described[:, -1] > described[:, -1].mean()
        kept.append(described[sharp & (not is_flat(image)), :-1])
    count = sum(map(len, kept))
    print(f"{count} sharp windows of {len(kept)} images")
    if not count:
        raise UnfitImages(
            f"Images with structure are expected. Received: {dataset}, {len(kept)} "
            "images without structure"
        )
    return np.concatenate(kept)
