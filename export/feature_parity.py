"""Checks that the export of an encoder gives the same features, on different images.

The difference of two feature vectors is their Euclidean distance, as a share of the
typical distance of an image's features from the mean of all: what a regression on
features sees.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import keras
import numpy as np

from tfiqa.export.images import COUNT
from tfiqa.export.parity import Bar
from tfiqa.export.parity import Checked
from tfiqa.export.parity import Disagreement
from tfiqa.export.parity import Run
from tfiqa.export.parity import batches
from tfiqa.export.parity import unit_batch
from tfiqa.scoring.scorer import reader


@dataclass(frozen=True)
class FeatureParity(Checked):
    """How the export of an encoder compares with the encoder.

    Attributes:
        pictures: Number of compared images. The name is that of the key in JSON files.
        sizes: Number of different image sizes.
        features: Number of features.
        largest: Largest difference; 1 is the typical distance from the mean. Infinite
            if only one side is finite.
        milliseconds: Median time of one image in the export.
        encoder_milliseconds: Median time of one image in the encoder; calls of both
            alternate.
        megabytes: Size of the export; 0 if unknown.
        bar: The bound that was checked, `bar.features`.
    """

    pictures: int
    sizes: int
    features: int
    largest: float
    milliseconds: float
    encoder_milliseconds: float
    megabytes: float
    bar: Bar
    faults: tuple[str, ...]

    def __str__(self) -> str:
        few = f" (fewer than {COUNT})" if self.pictures < COUNT else ""
        times = f"{self.milliseconds:.1f} (Keras {self.encoder_milliseconds:.1f})"
        rows = {
            "images": f"{self.pictures} of {self.sizes} sizes{few}",
            "features": f"{self.features}",
            "largest difference": (
                f"{self.largest:.1e} of the typical distance "
                f"(bound: {self.bar.features:g})"
            ),
            "ms per image": times,
            "megabytes": f"{self.megabytes:.1f}",
        }
        lines = [f"  {name:<20}{value}" for name, value in rows.items()]
        return "\n".join([*lines, *(f"  below the bar: {f}" for f in self.faults)])


def verify(
    encoder: keras.Model,
    *runs: Run,
    images: Sequence[np.ndarray],
    bar: Bar,
    megabytes: float = 0.0,
    allow_disagreement: bool = False,
) -> FeatureParity:
    """Compares an export with its encoder, image by image and in batches.

    Args:
        encoder: The exported encoder.
        runs: The ways to call the export, from float32 `(batch, height, width, 3)` in
            `[0, 1]` to `(batch, d)`. The first takes every image; the others only some
            images of each size.
        images: uint8 `(height, width, 3)`, of any sizes.
        bar: Its `features` is the required agreement.
        megabytes: Size of the export, for the result.
        allow_disagreement: Returns the result even if it is below the bar.

    Raises:
        Disagreement: If the export is below the bar, unless that is allowed.
        ValueError: If all images have the same features.
    """
    expected, received, seconds = _described_alone(encoder, runs[0], images)
    typical = _typical_distance(expected)
    largest = _largest(expected, received) / typical
    for run in runs:
        for indices in batches(images, minimum=1 if run is not runs[0] else 2):
            features = _call(run, [images[index] for index in indices], expected)
            largest = max(largest, _largest(expected[indices], features) / typical)
    faults = []
    if bar.features is not None and not largest <= bar.features:
        faults = [f"largest difference {largest:.1e}, {bar.features:g} is allowed"]
    parity = FeatureParity(
        pictures=len(images),
        sizes=len({image.shape for image in images}),
        features=expected.shape[1],
        largest=largest,
        milliseconds=1000 * median(seconds[1]),
        encoder_milliseconds=1000 * median(seconds[0]),
        megabytes=megabytes,
        bar=bar,
        faults=tuple(faults),
    )
    if not parity.passed and not allow_disagreement:
        raise Disagreement(f"The export has other features than its encoder.\n{parity}")
    return parity


def _described_alone(encoder, run: Run, images):
    """Returns the features of both for each image, and the seconds of each call."""
    read = reader(encoder)
    expected, received, seconds = [], [], ([], [])
    for image in images:
        start = time.perf_counter()
        expected.append(read(image))
        second_start = time.perf_counter()
        received.append(_call(run, [image], np.stack(expected))[0])
        seconds[0].append(second_start - start)
        seconds[1].append(time.perf_counter() - second_start)
    return np.stack(expected), np.stack(received), seconds


def _call(run: Run, images: Sequence[np.ndarray], expected: np.ndarray) -> np.ndarray:
    features = np.asarray(run(unit_batch(images)))
    shape = (len(images), expected.shape[1])
    if features.shape != shape:
        raise Disagreement(
            f"Features of shape {shape} are expected. Received: {features.shape}"
        )
    return features


def _largest(expected: np.ndarray, received: np.ndarray) -> float:
    """Returns the largest distance, or infinity if only one side is finite."""
    if np.any(np.isfinite(expected) != np.isfinite(received)):
        return float("inf")
    difference = np.where(np.isfinite(expected), expected - received, 0.0)
    return float(np.linalg.norm(difference.astype(np.float64), axis=1).max())


def _typical_distance(features: np.ndarray) -> float:
    finite = features[np.isfinite(features).all(axis=1)].astype(np.float64)
    distances = np.linalg.norm(finite - finite.mean(axis=0), axis=1)
    typical = float(np.median(distances)) if len(distances) else 0.0
    if not typical > 0.0:
        raise ValueError(
            "Images with different features are expected. Received: "
            f"{len(features)} images, {len(finite)} of them with finite features, all "
            "the same"
        )
    return typical
