"""What more labels would bring: SROCC against their number, and a power law."""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from tfiqa.evaluation.own_metric.family import Family
from tfiqa.evaluation.own_metric.nested import parts_of
from tfiqa.evaluation.own_metric.nested import srocc_of

DRAWS = 3
# Numbers of labels, as shares of those that are available.
_SHARES = (0.25, 0.4, 0.63, 1.0)
_FEWEST = 8


@dataclasses.dataclass(frozen=True)
class Curve:
    """SROCC on unseen contents against the number of labels.

    Attributes:
        family: Name of the family that was measured.
        counts: Numbers of labels, ascending.
        sroccs: Mean SROCC over the draws, one for each count.
        law: `(a, b)` of `1 - SROCC = a n^-b`; None without a rise.
    """

    family: str
    counts: tuple[int, ...]
    sroccs: tuple[float, ...]
    law: tuple[float, float] | None

    def gain(self, labels: int, more: int) -> float | None:
        """Returns the estimated rise in SROCC from `labels` to `labels + more`."""
        if self.law is None:
            return None
        a, b = self.law
        return a * (labels**-b - (labels + more) ** -b)


def learning_curve(
    family: Family,
    setting: int,
    mos: np.ndarray,
    contents: np.ndarray,
    *,
    folds: int,
    seed: int,
    draws: int = DRAWS,
) -> Curve:
    """Returns the learning curve of a family at one of its settings.

    Each image is predicted by a model that has learned from a random subset of the
    other parts. Subsets of one draw contain each other.

    Args:
        family: The family.
        setting: Index of its setting.
        mos: MOS of all images, `(n,)`.
        contents: Content of each image, `(n,)`.
        folds: Number of parts.
        seed: Seed of parts, draws and training.
        draws: Number of draws to average over.
    """
    parts = parts_of(contents, folds, seed)
    fewest = min(np.count_nonzero(parts != part) for part in range(parts.max() + 1))
    counts = sorted({max(_FEWEST, round(share * fewest)) for share in _SHARES})
    counts = [count for count in counts if count <= fewest]
    values = np.empty((draws, len(counts)))
    for draw in range(draws):
        predictions = np.full((len(counts), len(mos)), np.nan)
        for part in range(parts.max() + 1):
            known, unseen = np.flatnonzero(parts != part), np.flatnonzero(parts == part)
            order = np.random.default_rng((seed, draw, part)).permutation(known)
            for row, count in enumerate(counts):
                rows = np.sort(order[:count])
                outcome = family.predictions(rows, mos[rows], unseen, seed)
                predictions[row, unseen] = outcome[setting]
        values[draw] = [srocc_of(one, mos) for one in predictions]
    sroccs = values.mean(axis=0)
    law = power_law(counts, sroccs)
    return Curve(family.name, tuple(counts), tuple(sroccs.tolist()), law)


def power_law(
    counts: Sequence[int], sroccs: Sequence[float] | np.ndarray
) -> tuple[float, float] | None:
    """Returns `(a, b)` of `1 - SROCC = a n^-b` by least squares of the logarithms.

    None if there are fewer than two counts, or SROCC does not rise.
    """
    missing = 1.0 - np.asarray(sroccs, np.float64)
    if len(counts) < 2 or np.any(missing <= 0):
        return None
    slope, intercept = np.polyfit(np.log(counts), np.log(missing), 1)
    return (math.exp(intercept), float(-slope)) if slope < 0 else None
