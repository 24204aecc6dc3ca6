"""Pairs of images that three full-reference measures order alike."""

import dataclasses
from collections.abc import Iterator

import keras
import numpy as np
from scipy.stats import rankdata

from tfiqa.distortions import WATERLOO
from tfiqa.distortions import distort
from tfiqa.metrics.full_reference import gmsd
from tfiqa.metrics.full_reference import ms_ssim
from tfiqa.metrics.visual_information import vif

LEVELS = (1, 2, 3, 4, 5)
# Number of distorted versions of a scene.
VERSIONS = len(WATERLOO) * len(LEVELS)


@dataclasses.dataclass(frozen=True)
class Pairs:
    """Pairs of images, of which one is probably better.

    Attributes:
        better: Row numbers of the better images, int64 `(n,)`.
        worse: Row numbers of the worse images, int64 `(n,)`.
        certainty: Probability that the better image is better, `(n,)`, above 0.5.
    """

    better: np.ndarray
    worse: np.ndarray
    certainty: np.ndarray


def versions(scene: np.ndarray, *, seed: int) -> Iterator[np.ndarray]:
    """Yields the 20 distorted versions of a scene, uint8, in a fixed order.

    Args:
        scene: uint8 `(height, width, 3)`.
        seed: Seed of the noise.
    """
    for name in WATERLOO:
        for level in LEVELS:
            distorted = distort(scene[None], name, level, (seed, level), bank=WATERLOO)
            yield np.rint(np.asarray(distorted)[0]).astype(np.uint8)


def measure(scene: np.ndarray, version: np.ndarray) -> tuple[float, float, float]:
    """Returns MS-SSIM, VIF and negative GMSD of a version; higher is better."""
    return ms_ssim(scene, version), vif(scene, version), -gmsd(scene, version)


def draw(qualities: np.ndarray, count: int, *, threshold: float, seed: int) -> Pairs:
    """Returns random pairs that all measures order alike and clearly.

    Ranks bring the measures to a common scale, 0 to 100. The clarity of a pair is the
    smallest of its differences in the measures.

    Args:
        qualities: `(images, measures)`, higher is better.
        count: Number of pairs; fewer are returned if too few are clear.
        threshold: Smallest clarity, in points of 100.
        seed: Seed of the draw.

    Raises:
        ValueError: If no pair is clear.
    """
    random = np.random.default_rng(seed)
    points = 100 * (rankdata(qualities, axis=0) - 1) / max(len(qualities) - 1, 1)
    first, second = random.integers(len(points), size=(2, 10 * count))
    differences = points[first] - points[second]
    clarity = np.abs(differences).min(axis=1)
    is_agreed = np.abs(np.sign(differences).sum(axis=1)) == qualities.shape[1]
    selected = np.flatnonzero(is_agreed & (clarity > threshold))[:count]
    if not len(selected):
        raise ValueError(
            "Images that full-reference measures agree on are expected. Received: "
            f"{len(points)} images, of which no pair differs by more than {threshold} "
            "of 100 points in every measure"
        )
    first, second, clarity = first[selected], second[selected], clarity[selected]
    swapped = differences[selected, 0] < 0
    better, worse = np.where(swapped, second, first), np.where(swapped, first, second)
    return Pairs(better, worse, 0.5 + 0.5 * np.sin(np.pi * clarity / 200))


class PairBatches(keras.utils.PyDataset):
    """Batches of the features of pairs, in a new order in each epoch.

    Args:
        features: `(images, d)`, standardized.
        pairs: Rows of `features` that form the pairs.
        batch_size: Pairs in a batch.
        seed: Seed of the order.
    """

    def __init__(self, features, pairs: Pairs, *, batch_size: int, seed: int):
        super().__init__()
        self.features = features
        self.pairs = pairs
        self.batch_size = batch_size
        self.seed = seed
        self.epoch = 0
        self.order = self._shuffled()

    def __len__(self):
        return -(-len(self.order) // self.batch_size)

    def __getitem__(self, index):
        start = index * self.batch_size
        rows = self.order[start : start + self.batch_size]
        pairs = self.pairs
        inputs = self.features[pairs.better[rows]], self.features[pairs.worse[rows]]
        return inputs, pairs.certainty[rows, None].astype(np.float32)

    def on_epoch_end(self):
        """Draws the order of the next epoch."""
        self.epoch += 1
        self.order = self._shuffled()

    def _shuffled(self):
        random = np.random.default_rng((self.seed, self.epoch))
        return random.permutation(len(self.pairs.better))
