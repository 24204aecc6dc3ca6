"""Pairs of images of which three full-reference measures say that one is better."""

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
# Distorted versions of a scene.
VERSIONS = len(WATERLOO) * len(LEVELS)


@dataclasses.dataclass(frozen=True)
class Pairs:
    """Pairs of rows, the first of a pair probably the better one.

    Attributes:
        better: int64 `(n,)`.
        worse: int64 `(n,)`.
        certainty: Probability that the first is better, `(n,)`, above 0.5.
    """

    better: np.ndarray
    worse: np.ndarray
    certainty: np.ndarray


def versions(scene: np.ndarray, *, seed: int) -> Iterator[np.ndarray]:
    """Yields the 20 distorted versions of a scene, uint8, in a fixed order.

    Args:
        scene: uint8 `(height, width, 3)`.
        seed: Of the noise.
    """
    for name in WATERLOO:
        for level in LEVELS:
            changed = distort(scene[None], name, level, (seed, level), bank=WATERLOO)
            yield np.rint(np.asarray(changed)[0]).astype(np.uint8)


def measure(scene: np.ndarray, version: np.ndarray) -> tuple[float, float, float]:
    """Returns MS-SSIM, VIF and negative GMSD of a version; higher is better."""
    return ms_ssim(scene, version), vif(scene, version), -gmsd(scene, version)


def draw(qualities: np.ndarray, count: int, *, threshold: float, seed: int) -> Pairs:
    """Returns pairs that all measures order alike and clearly.

    Measures are brought to a common scale by their ranks, 0 to 100. How clearly a pair
    is ordered is the least difference of a measure.

    Args:
        qualities: `(images, measures)`, higher is better.
        count: Pairs that are drawn; fewer are returned where many are not clear.
        threshold: Least difference of every measure, in points of 100.
        seed: Of the draw.

    Raises:
        ValueError: If there is no such pair.
    """
    random = np.random.default_rng(seed)
    points = 100 * (rankdata(qualities, axis=0) - 1) / max(len(qualities) - 1, 1)
    first, second = random.integers(len(points), size=(2, 10 * count))
    differences = points[first] - points[second]
    least = np.abs(differences).min(axis=1)
    agreed = np.abs(np.sign(differences).sum(axis=1)) == qualities.shape[1]
    kept = np.flatnonzero(agreed & (least > threshold))[:count]
    if not len(kept):
        raise ValueError(
            "Images that full-reference measures agree on are expected. Received: "
            f"{len(points)} images, of which no pair differs by more than {threshold} "
            "of 100 points in every measure"
        )
    first, second, least = first[kept], second[kept], least[kept]
    turned = differences[kept, 0] < 0
    better, worse = np.where(turned, second, first), np.where(turned, first, second)
    return Pairs(better, worse, 0.5 + 0.5 * np.sin(np.pi * least / 200))


class PairBatches(keras.utils.PyDataset):
    """Batches of the features of pairs, in another order in every epoch.

    Args:
        features: `(images, d)`, standardized.
        pairs: See `Pairs`.
        batch_size: Pairs in a batch.
        seed: Of the order.
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
