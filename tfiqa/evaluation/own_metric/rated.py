"""Fits a metric to ratings: regressions are tried, one is chosen and calibrated."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from tfiqa import __version__
from tfiqa import metrics
from tfiqa.cli.progress import Progress
from tfiqa.data.decode import decode
from tfiqa.evaluation.own_metric import nested as nesting
from tfiqa.evaluation.own_metric.curve import Curve
from tfiqa.evaluation.own_metric.curve import learning_curve
from tfiqa.evaluation.own_metric.families import open_families
from tfiqa.evaluation.own_metric.family import Family
from tfiqa.evaluation.own_metric.labels import Folder
from tfiqa.evaluation.own_metric.labels import Labels
from tfiqa.evaluation.own_metric.next_images import chosen_next
from tfiqa.evaluation.own_metric.next_images import disagreement
from tfiqa.evaluation.own_metric.request import FitRequest
from tfiqa.files.reading import read_file
from tfiqa.scoring.calibration import calibrated

RESAMPLES = 2000
LEAST = 10
_MIN_SIDES = {"brisque": 16, "distance": 96}
# A family that takes seconds to train; the learning curve is that of another one.
_SLOW, _STAND_IN = "mlp", "ridge"


@dataclasses.dataclass(frozen=True, eq=False)
class Rated:
    """A metric fitted to ratings.

    Attributes:
        scorer: The scorer, calibrated to 0..100 unless there are too few ratings.
        family: Name of the family.
        settings: Its settings.
        outcome: The nested cross-validation.
        mos: MOS of the images.
        curve: The learning curve.
        next: Names of the images to label next, best first.
        uncalibrated: Why the scorer has no interval; empty if it has one.
    """

    scorer: keras.Model
    family: str
    settings: dict[str, Any]
    outcome: nesting.Nested
    mos: np.ndarray
    curve: Curve
    next: tuple[str, ...]
    uncalibrated: str


def fit_ratings(
    request: FitRequest,
    folder: Folder,
    labels: Labels,
    others: Sequence[str],
    tables: dict[str, np.ndarray],
) -> Rated:
    """Returns the metric fitted to ratings.

    Args:
        request: The request.
        folder: The folder of the images.
        labels: The ratings.
        others: Names of images without a rating, to choose the next ones from.
        tables: Features of the rated images and then of the others, by name.

    Raises:
        ValueError: If there are too few ratings, all are the same, or some are outside
            the range.
    """
    mos, contents, count = labels.mos, labels.contents, len(labels.names)
    check(mos)
    mos_range = request.mos_range or (float(mos.min()), float(mos.max()))
    if mos.min() < mos_range[0] or mos.max() > mos_range[1]:
        raise ValueError(
            f"Ratings within the range {mos_range} are expected. Received: "
            f"{mos.min():g} to {mos.max():g}"
        )

    def read(row: int) -> np.ndarray:
        return decode(read_file(folder.path(labels.names[row])))

    rated = {name: table[:count] for name, table in tables.items()}
    options = {"folds": request.folds, "seed": request.seed}
    families = open_families(request.families, rated, mos_range, read)
    progress = Progress(request.folds, title="parts")
    outcome = nesting.nested(families, mos, contents, progress=progress.show, **options)
    winner = families[_best(outcome, mos)]
    everything = np.arange(count)
    setting, _ = _chosen(winner, everything, mos, contents, request.seed)
    scorer = winner.scorer(
        mos, setting, _metadata(winner, folder, mos_range), request.seed
    )
    measured = _quick(families, winner)
    quick_setting, _ = _chosen(measured, everything, mos, contents, request.seed)
    curve = learning_curve(measured, quick_setting, mos, contents, **options)
    unseen = outcome.predictions[_best(outcome, mos)]
    scorer, reason = _calibrated(scorer, unseen, mos, mos_range, folder, request)
    following = _next(request, labels, others, tables, mos_range)
    return Rated(
        *(scorer, winner.name, dict(winner.settings[setting]), outcome, mos, curve),
        *(following, reason),
    )


def check(mos: np.ndarray) -> None:
    """Raises an error unless there are enough ratings that are not all the same."""
    if len(mos) < LEAST or np.ptp(mos) == 0:
        what = "all the same" if len(mos) and np.ptp(mos) == 0 else "too few"
        raise ValueError(
            f"At least {LEAST} ratings that are not all the same are expected. "
            f"Received: {len(mos)}, {what}"
        )


def figures(predictions: np.ndarray, mos: np.ndarray, seed: int) -> dict[str, Any]:
    """Returns SROCC and PLCC, each with its 95 % bootstrap interval."""
    values = {}
    for name, metric in (("srocc", metrics.srocc), ("plcc", metrics.plcc)):
        ends = metrics.bootstrap_interval(
            metric, predictions, mos, resamples=RESAMPLES, seed=seed
        )
        values[name] = {"value": metric(predictions, mos), "interval": list(ends)}
    return values


def _best(outcome: nesting.Nested, mos: np.ndarray) -> int:
    return int(np.argmax([nesting.srocc_of(one, mos) for one in outcome.predictions]))


def _chosen(family: Family, known, mos, contents, seed) -> tuple[int, float]:
    """Returns the setting to use; a single one needs no choice."""
    if len(family.settings) == 1:
        return 0, -2.0
    return nesting.chosen_setting(family, known, mos, contents, seed)


def _quick(families: Sequence[Family], winner: Family) -> Family:
    if winner.name != _SLOW:
        return winner
    return next((one for one in families if one.name == _STAND_IN), winner)


def _metadata(
    family: Family, folder: Folder, mos_range: tuple[float, float]
) -> dict[str, Any]:
    return {
        "method": f"own_{family.name}",
        "dataset": folder.root.resolve().name,
        "mos_range": list(mos_range),
        "unit": "MOS",
        "min_side": _MIN_SIDES.get(family.name, 32),
        "version": __version__,
    }


def _calibrated(
    scorer: keras.Model,
    unseen: np.ndarray,
    mos: np.ndarray,
    mos_range: tuple[float, float],
    folder: Folder,
    request: FitRequest,
) -> tuple[keras.Model, str]:
    try:
        scorer = calibrated(
            *(scorer, unseen, mos),
            mos_range=mos_range,
            dataset=folder.root.resolve().name,
            level=request.level,
            seed=request.seed,
        )
    except ValueError as error:
        return scorer, str(error)
    return scorer, ""


def _next(
    request: FitRequest,
    labels: Labels,
    others: Sequence[str],
    tables: dict[str, np.ndarray],
    mos_range: tuple[float, float],
) -> tuple[str, ...]:
    """Returns the images to label next, by the disagreement of quick families."""
    if not others or not request.next:
        return ()
    names = [name for name in request.families if name in ("ridge", "svr", "brisque")]
    families = open_families(names or ["ridge"], tables, mos_range)
    count = len(labels.names)
    options = {"folds": request.folds, "seed": request.seed}
    settings = [
        _chosen(one, np.arange(count), labels.mos, labels.contents, request.seed)[0]
        for one in families
    ]
    unseen = np.arange(count, count + len(others))
    uncertainty = disagreement(
        families, settings, labels.mos, labels.contents, unseen, **options
    )
    rows = chosen_next(tables["trunk"], count, uncertainty, request.next)
    return tuple(str(others[int(row)]) for row in rows)
