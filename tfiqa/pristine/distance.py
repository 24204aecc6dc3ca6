"""Scorers trained without scores, by the distance of patches to pristine ones.

Any encoder becomes such a scorer, together with images that are assumed to be free of
distortions. Its model is

    images -> patches (batch, rows, columns, d) -> features (batch, d)
    patches, features -> distance (batch, 1) -> mos (batch, 1), negative

Reference: "No Reference Opinion Unaware Quality Assessment of Authentically Distorted
Images", WACV 2023, in the manner of NIQE.
"""

import dataclasses
import itertools
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras import ops
from sklearn.decomposition import PCA

from tfiqa import __version__
from tfiqa import layers
from tfiqa.config import constraints
from tfiqa.pristine.patches import select_patches

UNIT = "negative distance from pristine patches"

# Number of patches that the encoder processes at once.
BATCH = 64


@dataclasses.dataclass(frozen=True)
class Scoring:
    """Settings of the comparison with pristine images; the defaults are the paper's.

    Attributes:
        patch_size: Side of all patches in pixels.
        stride: Pixels from one patch of an image to the next.
        sharpness: Pristine patches must have more than this share of the sharpness of
            the sharpest patch of their image.
        colourfulness: Of these, they must have more than this share of the
            colorfulness of the most colorful one.
        pristine_pictures: Largest number of pristine images that are read.
        ridge: Added to the diagonal of the mean covariance.
        components: Number of principal components of the pristine patches' features to
            which all features are reduced, at most the number of patches, as M-SCQALE
            does; 0 for all features.
    """

    patch_size: int = 96
    stride: int = 48
    sharpness: float = 0.75
    colourfulness: float = 0.8
    pristine_pictures: int = 1000
    ridge: float = 1e-3
    components: int = 0

    def __post_init__(self):
        constraints.check_bounds(self, _BOUNDS)


_BOUNDS = {
    **dict.fromkeys(("patch_size", "stride", "pristine_pictures"), constraints.COUNT),
    **dict.fromkeys(("sharpness", "colourfulness"), constraints.SHARE),
    "ridge": constraints.POSITIVE,
    "components": constraints.EPOCHS,
}


def distance_scorer(
    encoder: keras.Model,
    images: Iterable[np.ndarray],
    scoring: Scoring,
    *,
    method: str,
    dataset: str,
) -> keras.Model:
    """Returns the scorer of an encoder and pristine images.

    The scorer holds the pristine statistics. Its nominal range of scores extends from
    the largest distance of a single pristine patch, worst, to 0, best.

    Args:
        encoder: Model from float32 `(patches, side, side, 3)` in `[0, 255]` to
            `(patches, d)`.
        images: Pristine images, uint8 `(height, width, 3)` each. They must have at
            least 2 patches, which may be fewer than the features.
        scoring: Settings of the comparison.
        method: Name of the method, for the metadata.
        dataset: Name of the images, for the metadata.

    Raises:
        ValueError: If there are too few pristine patches.
    """
    features = pristine_features(encoder, images, scoring, dataset=dataset)
    if scoring.components:
        encoder, features = _reduced(encoder, features, scoring.components)
    statistics = layers.gaussian_statistics(features)
    distance = layers.GaussianDistance(
        len(statistics[1]), ridge=scoring.ridge, name="distance"
    )
    length = features.shape[1]
    distance.build((None, None, None, length), (None, length))
    distance.set_weights(statistics)
    alone = ops.convert_to_numpy(distance.per_patch(features[:, None, None]))
    metadata = {
        "method": method,
        "dataset": dataset,
        "mos_range": [-float(alone.max()), 0.0],
        "unit": UNIT,
        "min_side": scoring.patch_size,
        "version": __version__,
        "patch": {"size": scoring.patch_size, "stride": scoring.stride},
        "pristine_patches": len(features),
    }
    return _scorer(encoder, distance, scoring, metadata)


def pristine_features(
    encoder: keras.Model,
    images: Iterable[np.ndarray],
    scoring: Scoring,
    *,
    dataset: str,
) -> np.ndarray:
    """Returns the features of the pristine patches of images, float32 `(n, d)`.

    Raises:
        ValueError: If there are fewer than 2 patches.
    """
    patches = _PristinePatches(images, scoring)
    batches = [
        ops.convert_to_numpy(encoder(batch.astype("float32"), training=False))
        for batch in _batches(patches)
    ]
    features = np.concatenate(batches) if batches else np.zeros((0, 0), np.float32)
    patches.check_count(len(features), dataset)
    count, length = features.shape
    print(f"pristine: {count} patches of {dataset}, {length} features")
    return features


def _reduced(
    encoder: keras.Model, features: np.ndarray, count: int
) -> tuple[keras.Model, np.ndarray]:
    """Returns the encoder and its features on the first principal components."""
    count = min(count, *features.shape)
    components = PCA(count, svd_solver="full").fit(features.astype(np.float64))
    kernel = components.components_.T
    reduce = keras.layers.Dense(count, name="components", dtype="float32")
    reduced = reduce(encoder.output)
    reduce.set_weights([kernel, -components.mean_ @ kernel])
    print(f"pristine: features reduced to {count} principal components")
    return (
        keras.Model(encoder.input, reduced, name="reduced_encoder"),
        components.transform(features).astype(np.float32),
    )


def check(images: Iterable[np.ndarray], scoring: Scoring, *, dataset: str) -> None:
    """Raises an error if there are fewer than 2 pristine patches.

    Reads only as many images as it needs.

    Raises:
        ValueError: If there are fewer than 2.
    """
    patches = _PristinePatches(images, scoring)
    count = sum(1 for _ in itertools.islice(patches, 2))
    patches.check_count(count, dataset)


class _PristinePatches:
    """The pristine patches of images, one by one; counts the images that were read."""

    def __init__(self, images: Iterable[np.ndarray], scoring: Scoring):
        self.images = itertools.islice(images, scoring.pristine_pictures)
        self.scoring = scoring
        self.read = 0

    def __iter__(self) -> Iterator[np.ndarray]:
        for image in self.images:
            self.read += 1
            yield from select_patches(
                image,
                size=self.scoring.patch_size,
                sharpness=self.scoring.sharpness,
                colorfulness=self.scoring.colourfulness,
            )

    def check_count(self, count: int, dataset: str) -> None:
        if count < 2:
            raise ValueError(
                "At least 2 pristine patches are expected: color images, of "
                f"{self.scoring.patch_size} pixels or more on each side. "
                f"Received: {count} from {dataset}, {self.read} images"
            )


def _batches(patches: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    waiting = []
    for patch in patches:
        waiting.append(patch)
        if len(waiting) == BATCH:
            yield np.stack(waiting)
            waiting = []
    if waiting:
        yield np.stack(waiting)


def _scorer(
    encoder: keras.Model,
    distance: layers.GaussianDistance,
    scoring: Scoring,
    metadata: dict[str, Any],
) -> keras.Model:
    images = keras.Input((None, None, 3), name="images")
    patches = layers.PatchFeatures(
        encoder, scoring.patch_size, scoring.stride, name="patches"
    )(images)
    features = keras.layers.GlobalAveragePooling2D(
        data_format="channels_last", name="features", dtype="float32"
    )(patches)
    mos = layers.MOS(scale=-1.0, metadata=metadata)(distance(patches, features), images)
    return layers.Scorer(images, mos, name=f"{metadata['method']}_scorer")
