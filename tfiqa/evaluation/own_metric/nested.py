"""Nested cross-validation by content: an unbiased result for a choice among many.

Each outer part is only predicted. The setting of each family, and the family, are
chosen on the other parts, by the SROCC of inner predictions.
"""

import dataclasses
from collections.abc import Callable
from collections.abc import Sequence

import numpy as np

from tfiqa import metrics
from tfiqa.evaluation.own_metric.family import Family

INNER = 3


@dataclasses.dataclass(frozen=True)
class Nested:
    """Predictions of images by models that have not seen their content.

    Attributes:
        names: Names of the families.
        predictions: Predictions of each family, at the setting chosen on the inner
            parts, `(families, n)`.
        chosen: Predictions of the family chosen on the inner parts, `(n,)`.
        choices: Name of that family, for each outer part.
        parts: The outer part of each image, `(n,)`.
    """

    names: tuple[str, ...]
    predictions: np.ndarray
    chosen: np.ndarray
    choices: tuple[str, ...]
    parts: np.ndarray


def parts_of(contents: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Returns a part from 0 to `count - 1` for each image, by content, `(n,)`.

    Raises:
        ValueError: If there are fewer than two contents.
    """
    unique, rows = np.unique(contents, return_inverse=True)
    if len(unique) < 2:
        raise ValueError(
            "Images of at least 2 contents are expected, to measure on contents that "
            f"were not learned. Received: {len(contents)} images of {len(unique)}"
        )
    order = np.random.default_rng(seed).permutation(len(unique))
    return (order % min(count, len(unique)))[rows]


def nested(
    families: Sequence[Family],
    mos: np.ndarray,
    contents: np.ndarray,
    *,
    folds: int,
    seed: int,
    progress: Callable[[int], None] = lambda done: None,
) -> Nested:
    """Returns predictions of all images, each by models without its content.

    Args:
        families: What to choose from.
        mos: MOS of all images, `(n,)`.
        contents: Content of each image, `(n,)`.
        folds: Number of outer parts.
        seed: Seed of parts and of training.
        progress: Called with the number of outer parts done after each.
    """
    parts = parts_of(contents, folds, seed)
    predictions = np.full((len(families), len(mos)), np.nan)
    chosen, choices = np.full(len(mos), np.nan), []
    for part in range(parts.max() + 1):
        known, unseen = np.flatnonzero(parts != part), np.flatnonzero(parts == part)
        best = []
        for row, family in enumerate(families):
            setting, srocc = chosen_setting(family, known, mos, contents, seed)
            outer = family.predictions(known, mos[known], unseen, seed)
            predictions[row, unseen] = outer[setting]
            best.append(srocc)
        winner = int(np.argmax(best))
        chosen[unseen] = predictions[winner, unseen]
        choices.append(families[winner].name)
        progress(part + 1)
    names = tuple(family.name for family in families)
    return Nested(names, predictions, chosen, tuple(choices), parts)


def chosen_setting(
    family: Family, known: np.ndarray, mos: np.ndarray, contents: np.ndarray, seed: int
) -> tuple[int, float]:
    """Returns the best setting by inner cross-validation, and its SROCC; -2 if unknown.

    Args:
        family: The family.
        known: Rows that may be learned from.
        mos: MOS of all images.
        contents: Content of all images.
        seed: Seed of parts and of training.
    """
    try:
        inner = parts_of(contents[known], INNER, seed + 1)
    except ValueError:  # All known images have one content.
        return 0, -2.0
    values = np.full((len(family.settings), len(known)), np.nan)
    for part in range(inner.max() + 1):
        rows, others = known[inner != part], inner == part
        values[:, others] = family.predictions(rows, mos[rows], known[others], seed)
    sroccs = [srocc_of(one, mos[known]) for one in values]
    best = int(np.argmax(sroccs))
    return best, sroccs[best]


def srocc_of(predictions: np.ndarray, mos: np.ndarray) -> float:
    """Returns the SROCC, -2 where it is undefined."""
    if not np.isfinite(predictions).all():
        return -2.0
    return float(np.nan_to_num(metrics.srocc(predictions, mos), nan=-2.0))
