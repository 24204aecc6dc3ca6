"""Chooses images to label next: models disagree on them, and they are diverse."""

from collections.abc import Sequence

import numpy as np

from tfiqa.evaluation.own_metric.family import Family
from tfiqa.evaluation.own_metric.nested import parts_of
from tfiqa.regression.standardization import standardization

_LIMIT = 6.0


def disagreement(
    families: Sequence[Family],
    settings: Sequence[int],
    mos: np.ndarray,
    contents: np.ndarray,
    unseen: np.ndarray,
    *,
    folds: int,
    seed: int,
) -> np.ndarray:
    """Returns the deviation of predictions of unseen images among models, `(m,)`.

    Each family learns once without each part of the labels.

    Args:
        families: The families.
        settings: Index of the setting of each.
        mos: MOS of the labeled images, which are rows 0 to n - 1, `(n,)`.
        contents: Content of each of these.
        unseen: Rows of the images without a label, `(m,)`.
        folds: Number of parts.
        seed: Seed of parts and of training.
    """
    parts = parts_of(contents, folds, seed)
    predictions = []
    for family, setting in zip(families, settings, strict=True):
        for part in range(parts.max() + 1):
            known = np.flatnonzero(parts != part)
            outcome = family.predictions(known, mos[known], unseen, seed)
            predictions.append(outcome[setting])
    return np.std(predictions, axis=0)


def chosen_next(
    table: np.ndarray, labeled: int, uncertainty: np.ndarray, count: int
) -> np.ndarray:
    """Returns the images to label next, best first, as indices of the unlabeled ones.

    Each choice has the largest product of its uncertainty and its distance from the
    nearest image that is labeled or chosen already.

    Args:
        table: Features of the labeled images and then of the others, `(n + m, d)`.
        labeled: Number of labeled images, n.
        uncertainty: Uncertainty of the others, `(m,)`.
        count: How many to choose.
    """
    standard = standardization(table[:labeled], limit=_LIMIT)(table)
    known, others = standard[:labeled], standard[labeled:]
    nearest = np.full(len(others), np.inf)
    for row in known:
        nearest = np.minimum(nearest, _distances(others, row))
    chosen: list[int] = []
    is_left = np.ones(len(others), bool)
    for _ in range(min(count, len(others))):
        worth = np.where(is_left, uncertainty * nearest, -np.inf)
        best = int(np.argmax(worth))
        chosen.append(best)
        is_left[best] = False
        nearest = np.minimum(nearest, _distances(others, others[best]))
    return np.array(chosen, int)


def _distances(rows: np.ndarray, row: np.ndarray) -> np.ndarray:
    return np.linalg.norm(rows - row, axis=1)
