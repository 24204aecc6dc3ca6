"""Rank correlation within each type of distortion of a test part.

Pristine pictures carry no type; give them a name of their own, or leave them out.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np

from tfiqa import metrics
from tfiqa.metrics.agreement import Metric
from tfiqa.metrics.bootstrap import RESAMPLES


@dataclasses.dataclass(frozen=True)
class Group:
    """The pictures of one type of distortion.

    Attributes:
        value: Of the metric, NaN where it is undefined.
        low: Lower end of the 95 % bootstrap interval, NaN where it is undefined.
        high: Upper end.
        scored: Pictures with a score.
        missing: Pictures without one.
    """

    value: float
    low: float
    high: float
    scored: int
    missing: int


def per_distortion(
    predictions: np.ndarray,
    mos: np.ndarray,
    distortions: Sequence[str] | np.ndarray,
    *,
    metric: Metric = metrics.srocc,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> dict[str, Group]:
    """Returns the metric within each type, in the order of their first pictures.

    Args:
        predictions: `(n,)`, NaN where there is none.
        mos: `(n,)`, higher is better.
        distortions: Type of each picture, `n` names.
        metric: Of two arrays of shape `(m,)`.
        seed: Of the bootstrap.
        resamples: Of the bootstrap.

    Raises:
        ValueError: If lengths differ.
    """
    types = np.asarray(distortions, np.str_)
    if types.shape != np.shape(mos):
        raise ValueError(
            "One type of distortion for each MOS is expected. Received: "
            f"distortions.shape={types.shape}, mos.shape={np.shape(mos)}"
        )
    predictions, mos = np.asarray(predictions, "float64"), np.asarray(mos, "float64")
    metrics.complete(predictions=predictions, mos=mos)  # Lengths, infinite values.
    groups = {}
    for name in dict.fromkeys(types.tolist()):
        rows = types == name
        (q, y), _, missing = metrics.complete(
            predictions=predictions[rows], mos=mos[rows]
        )
        value = low = high = float("nan")
        if len(q):
            value = metric(q, y)
            low, high = metrics.bootstrap_interval(
                metric, q, y, seed=seed, resamples=resamples
            )
        groups[name] = Group(value, low, high, len(q), missing)
    return groups
