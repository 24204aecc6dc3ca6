"""The distance from the best images, by `pristine_distance`."""

import math
from collections.abc import Callable

import keras
import numpy as np

from tfiqa import layers
from tfiqa import pristine
from tfiqa.evaluation.own_metric import patch_statistics
from tfiqa.evaluation.own_metric.family import Family

# Share of the known images that count as good, by their MOS.
_GOOD = 1 / 3


class Distance(Family):
    """The distance from the best images, by `pristine_distance`.

    Args:
        table: Rows of `patch_statistics.row_of`, `(n, k)`.
        encoder: Model from patches to features.
        read: Function from a row to its image, uint8 `(height, width, 3)`.
    """

    name = "distance"

    def __init__(
        self,
        table: np.ndarray,
        encoder: Callable[[], keras.Model],
        read: Callable[[int], np.ndarray],
    ):
        self.statistics = patch_statistics.statistics_of(table)
        self.encoder, self.read = encoder, read
        self.settings = [{"good": f"the best {_GOOD:.0%} of the images"}]

    def predictions(self, known, mos, unseen, seed):
        """See `Family.predictions`."""
        del seed
        good = known[best_rows(mos)]
        slope, offset = self._line(good, known, mos)
        distances = patch_statistics.distances(self.statistics, good, unseen)
        return (offset - slope * distances)[None]

    def scorer(self, mos, setting, metadata, seed):
        """See `Family.scorer`."""
        del setting, seed
        good = best_rows(mos)
        scorer = pristine.distance_scorer(
            self.encoder(),
            (self.read(int(row)) for row in good),
            patch_statistics.SCORING,
            method="pristine_distance",
            dataset=metadata["dataset"],
        )
        slope, offset = self._line(good, np.arange(len(mos)), mos)
        distance, images = scorer.layers[-1].input
        min_side = {"min_side": patch_statistics.SCORING.patch_size}
        in_mos = layers.MOS(-slope, offset, metadata={**metadata, **min_side})
        return layers.Scorer(images, in_mos(distance, images), name=self.name)

    def _line(self, good, known, mos) -> tuple[float, float]:
        """Returns the slope and the offset that turn distances into MOS."""
        distances = patch_statistics.distances(self.statistics, good, known)
        covariance = np.cov(-distances, mos)
        slope = covariance[0, 1] / max(covariance[0, 0], 1e-12)
        # A larger distance never raises the score, whatever the ratings.
        slope = max(float(slope), 1e-6)
        return slope, float(mos.mean() + slope * distances.mean())


def best_rows(mos: np.ndarray) -> np.ndarray:
    """Returns the rows of the images that count as good, by their MOS."""
    count = max(2, math.ceil(_GOOD * len(mos)))
    return np.sort(np.argsort(-mos, kind="stable")[:count])
