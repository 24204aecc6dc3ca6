"""Rank correlation within each type of distortion, over repeated divisions by content.

Reference: Su et al., "Blindly assess image quality in the wild guided by a
self-adaptive hyper network", CVPR 2020, table 2: the medians of ten divisions.
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
from tfiqa.evaluation.protocols.repeats import rounds_for
from tfiqa.evaluation.results import RANGE
from tfiqa.evaluation.results import Row
from tfiqa.metrics.comparison import Figure

NAME = "repeats_per_distortion"
LEAST = 2  # A rank correlation needs two images.


@dataclasses.dataclass(frozen=True)
class OfType:
    """The images of one type of distortion in the test part of one division.

    Attributes:
        srocc: Their SROCC, NaN with fewer than two scored images.
        scored: Number of images with a score.
        missing: Number of images without one.
    """

    srocc: float
    scored: int
    missing: int


def of_types(
    scores: np.ndarray, mos: np.ndarray, types: np.ndarray
) -> dict[str, OfType]:
    """Returns the agreement within each type, in the order of their first images.

    Args:
        scores: `(n,)`, higher is better, NaN where missing.
        mos: `(n,)`, higher is better.
        types: Type of each image, `(n,)`.
    """
    measured = {}
    for name in dict.fromkeys(types.tolist()):
        chosen = types == name
        (q, y), _, missing = metrics.complete(
            predictions=scores[chosen], mos=mos[chosen]
        )
        srocc = metrics.srocc(q, y) if len(q) >= LEAST else float("nan")
        measured[name] = OfType(float(srocc), len(q), missing)
    return measured


def median(divisions: Sequence[OfType]) -> Figure:
    """Returns the median SROCC of a type, with minimum and maximum as its interval.

    Divisions in which it is undefined do not count; without any other, all are NaN.
    """
    values = np.array([one.srocc for one in divisions])
    defined = values[~np.isnan(values)]
    ends = (np.median, np.min, np.max)
    return Figure(*(float(f(defined)) if len(defined) else np.nan for f in ends))


def _measure(
    context: Context, database: Database, predictors: Sequence[Predictor]
) -> None:
    types = database.distortions
    if types is None:
        context.results.hint(f"{NAME}: {database.name} has no types: skipped.")
        return
    for predictor in predictors:
        _measure_predictor(context, database, types, predictor)


def _measure_predictor(
    context: Context, database: Database, types: np.ndarray, predictor: Predictor
) -> None:
    where = NAME, database.name, predictor.name
    measured: dict[int, dict[str, OfType]] = {}
    rounds, _ = rounds_for(context, database, predictor, NAME)
    for one in rounds:
        with context.results.attempt(*where, f"division {one.number}"):
            rows = one.division[2]
            outcomes = one.predictor.outcomes(
                database, rows, one.division, seed=one.split_seed
            )
            scores, mos = outcomes.scores, database.mos[rows]
            measured[one.number] = of_types(scores, mos, types[rows])
    for name in dict.fromkeys(name for one in measured.values() for name in one):
        groups = {seed: one[name] for seed, one in measured.items() if name in one}
        missing = sum(group.missing for group in groups.values())
        context.results.rows.append(
            Row(
                *(*where, name, {"SROCC": median(list(groups.values()))}),
                sum(group.scored for group in groups.values()),
                {"not scored": missing} if missing else {},
                RANGE,
                tuple(groups),
            )
        )


PROTOCOL = Protocol(
    NAME,
    "SROCC within each type of distortion: medians of repeated divisions by content.",
    on_each_database(NAME, _measure),
    divides=True,
)
