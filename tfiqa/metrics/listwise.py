"""The L-test: whether scores fall as a distortion of an image grows.

Reference: Ma et al., "Waterloo Exploration Database: new challenges for image quality
assessment models", TIP 2017, section IV-B.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from tfiqa.metrics.agreement import ROWS
from tfiqa.metrics.agreement import srocc


@dataclasses.dataclass(frozen=True)
class LTest:
    """Means over lists, one list for each content and type of distortion.

    Attributes:
        value: Mean SROCC between levels, mildest ranked highest, and scores, -1 to 1. A
            list of equal scores counts as 0.
        kendall: Mean KROCC of the same.
        by_type: Mean SROCC of each type of distortion, NaN where no list is complete.
        lists: Number of lists measured.
        missing: Number of lists that lack a score, which are skipped.
        missing_by_type: The same for each type of distortion.
    """

    value: float
    kendall: float
    by_type: dict[str, float]
    lists: int
    missing: int
    missing_by_type: dict[str, int]


def l_test(scores: ArrayLike, distortions: Sequence[str]) -> LTest:
    """Returns the result of the L-test.

    Args:
        scores: `(contents, types, levels)`, from faint to severe, higher is better,
            NaN where missing.
        distortions: Names of the types.

    Raises:
        ValueError: If shapes do not fit, or no list is complete.
    """
    lists = np.asarray(scores, "float64")
    if lists.ndim != 3 or lists.shape[1] != len(distortions) or lists.shape[2] < 2:
        raise ValueError(
            f"Scores `(contents, {len(distortions)}, levels)` of 2 or more levels are "
            f"expected. Received: scores.shape={lists.shape}"
        )
    if np.isinf(lists).any():
        raise ValueError("Finite scores, or NaN, are expected. Received: infinite ones")
    complete = np.all(~np.isnan(lists), axis=-1)
    if not np.any(complete):
        raise ValueError("Lists without a missing score are expected. Received: none")
    order = np.broadcast_to(-np.arange(lists.shape[2], dtype="float64"), lists.shape)
    kept = np.where(complete[..., None], lists, 0.0)
    sroccs = np.nan_to_num(ROWS[srocc](kept, order), nan=0.0)
    by_type = {
        name: _mean(sroccs[:, column][complete[:, column]])
        for column, name in enumerate(distortions)
    }
    incomplete = np.count_nonzero(~complete, axis=0).tolist()
    return LTest(
        value=_mean(sroccs[complete]),
        kendall=_mean(_kroccs(kept[complete])),
        by_type=by_type,
        lists=int(np.count_nonzero(complete)),
        missing=sum(incomplete),
        missing_by_type=dict(zip(distortions, incomplete, strict=True)),
    )


def _kroccs(lists: np.ndarray) -> np.ndarray:
    """Returns tau-b of each list against a falling order, `(lists,)`; 0 if all tie."""
    first, second = np.triu_indices(lists.shape[1], 1)
    falls = np.sign(lists[:, first] - lists[:, second])
    untied = np.sqrt(np.sum(falls != 0, axis=1) * len(first))
    return np.sum(falls, axis=1) / np.maximum(untied, 1.0)


def _mean(values: np.ndarray) -> float:
    return float(np.mean(values)) if values.size else float("nan")
