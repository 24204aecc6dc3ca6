"""Gaussians of the patches of an image, from which distances to good images follow.

The statistics of an image are one row of numbers, so that they can be kept like
features. Distances are those of `layers.GaussianDistance`, computed for many images.
"""

import dataclasses
from collections.abc import Callable

import keras
import numpy as np

from tfiqa.layers.patch_features import PatchFeatures
from tfiqa.pristine import Scoring
from tfiqa.pristine.patches import select_patches
from tfiqa.scoring.scorer import reader

SCORING = Scoring()


@dataclasses.dataclass(frozen=True)
class Statistics:
    """Statistics of the patches of images, float64.

    Attributes:
        counts: Number of sharp and colorful patches, `(n,)`.
        good_means: Their mean, `(n, d)`.
        good_squares: Their mean outer product, `(n, d, d)`.
        means: Mean of all patches, `(n, d)`.
        covariances: Unbiased covariance of all patches, `(n, d, d)`.
    """

    counts: np.ndarray
    good_means: np.ndarray
    good_squares: np.ndarray
    means: np.ndarray
    covariances: np.ndarray


def row_reader(encoder: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    """Returns the function from an image to the row of its statistics.

    Args:
        encoder: Model from patches to features `(batch, d)`.
    """
    images = keras.Input((None, None, 3), name="images")
    layer = PatchFeatures(encoder, SCORING.patch_size, SCORING.stride)
    read = reader(keras.Model(images, layer(images)))
    length = encoder.output_shape[-1]

    def of_image(image: np.ndarray) -> np.ndarray:
        patches = read(image).reshape(-1, length).astype(np.float64)
        chosen = select_patches(
            image,
            size=SCORING.patch_size,
            sharpness=SCORING.sharpness,
            colorfulness=SCORING.colourfulness,
        )
        good = np.zeros((0, length))
        if len(chosen):
            output = encoder(chosen.astype("float32"), training=False)
            good = keras.ops.convert_to_numpy(output).astype(np.float64)
        return row_of(patches, good)

    return of_image


def row_of(patches: np.ndarray, good: np.ndarray) -> np.ndarray:
    """Returns the row of an image's statistics, float32.

    Args:
        patches: Features of all patches, `(p, d)`.
        good: Features of the sharp and colorful ones, `(q, d)`.
    """
    length = patches.shape[1]
    covariance = np.zeros((length, length))
    if len(patches) > 1:
        covariance = np.cov(patches, rowvar=False).reshape(length, length)
    count = max(len(good), 1)
    parts = (
        np.array([len(good)]),
        good.sum(axis=0) / count,
        good.T @ good / count,
        patches.mean(axis=0),
        covariance,
    )
    return np.concatenate([part.ravel() for part in parts]).astype(np.float32)


def statistics_of(table: np.ndarray) -> Statistics:
    """Returns the statistics in rows of `row_of`, `(n, 1 + 2 d + 2 d^2)`."""
    length = round((np.sqrt(2 * table.shape[1] - 1) - 1) / 2)
    ends = np.cumsum([1, length, length**2, length])
    counts, good_means, good_squares, means, covariances = np.split(
        table.astype(np.float64), ends, axis=1
    )
    square = (len(table), length, length)
    return Statistics(
        counts[:, 0],
        good_means,
        good_squares.reshape(square),
        means,
        covariances.reshape(square),
    )


def distances(statistics: Statistics, good: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Returns the distances of images from good ones, float64 `(m,)`.

    Args:
        statistics: Statistics of all images.
        good: Rows of the good images.
        rows: Rows of the images to compare, `(m,)`.

    Raises:
        ValueError: If the good images have fewer than two sharp and colorful patches.
    """
    counts = statistics.counts[good]
    total = counts.sum()
    if total < 2:
        raise ValueError(
            "Good images with at least 2 sharp and colorful patches are expected. "
            f"Received: {len(good)} images with {total:.0f}"
        )
    mean = counts @ statistics.good_means[good] / total
    square = np.tensordot(counts, statistics.good_squares[good], 1) / total
    covariance = (square - np.outer(mean, mean)) * total / (total - 1)
    shift = statistics.means[rows] - mean
    half = (statistics.covariances[rows] + covariance) / 2
    half[:, np.arange(len(mean)), np.arange(len(mean))] += SCORING.ridge
    solved = np.linalg.solve(half, shift[..., None])[..., 0]
    return np.sqrt(np.maximum(np.sum(shift * solved, axis=1), 0.0))
