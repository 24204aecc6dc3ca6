"""Rank correlation within each type of distortion of a split.

Pristine images have no type: name them explicitly, or leave them out.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np

from tfiqa import metrics
from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.predictors import Predictor
from tfiqa.evaluation.protocols.base import Context
from tfiqa.evaluation.protocols.base import Protocol
from tfiqa.evaluation.protocols.base import on_each_database
from tfiqa.evaluation.results import Row
from tfiqa.metrics.agreement import Metric
from tfiqa.metrics.bootstrap import RESAMPLES
from tfiqa.metrics.comparison import Figure

NAME = "per_distortion"


@dataclasses.dataclass(frozen=True)
class Group:
    """The images of one type of distortion.

    Attributes:
        value: The metric, NaN where it is undefined.
        low: Lower end of the 95 % bootstrap interval, NaN where it is undefined.
        high: Upper end.
        scored: Number of images with a score.
        missing: Number of images without one.
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
    """Returns the metric within each type, in the order of their first images.

    Args:
        predictions: `(n,)`, NaN where missing.
        mos: `(n,)`, higher is better.
        distortions: Type of each image, `n` names.
        metric: Function of two arrays of shape `(m,)`.
        seed: Seed of the bootstrap.
        resamples: Number of bootstrap resamples.

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
    metrics.complete(predictions=predictions, mos=mos)  # Checks lengths and infinities.
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


def _measure(
    context: Context, database: Database, predictors: Sequence[Predictor]
) -> None:
    types = database.distortions
    if types is None:
        context.results.hint(f"{NAME}: {database.name} has no types: skipped.")
        return
    for predictor in context.untrained_on_split(predictors, NAME):
        with context.results.attempt(NAME, database.name, predictor.name):
            _add_types(context, database, types, predictor)


def _add_types(
    context: Context, database: Database, types: np.ndarray, predictor: Predictor
) -> None:
    options = context.options
    rows = database.parts[options.split]
    groups = per_distortion(
        context.split_outcomes(predictor, database, options.split).scores,
        database.mos[rows],
        types[rows],
        seed=options.seed,
        resamples=options.resamples,
    )
    for name, group in groups.items():
        figures = {"SROCC": Figure(group.value, group.low, group.high)}
        failures = {"not scored": group.missing} if group.missing else {}
        row = Row(
            *(NAME, database.name, predictor.name, name, figures),
            *(group.scored, failures),
        )
        context.results.rows.append(row)


PROTOCOL = Protocol(
    NAME,
    "SROCC within each type of distortion of one part.",
    on_each_database(NAME, _measure),
)
