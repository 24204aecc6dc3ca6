"""Repeated divisions of a dataset: train, choose and test repeatedly; take the median.

Training is a function `fit(train, validation)` of row indices, which returns
`predict(rows)`, a function from row indices to one prediction each, higher is better.
Ridge regression on cached features is such a function, and so is the training of a
network. It never receives a row of the test part.
"""

import dataclasses
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np

from tfiqa import metrics
from tfiqa.data import splits
from tfiqa.metrics.comparison import LOGISTICS
from tfiqa.metrics.comparison import values

Predict = Callable[[np.ndarray], np.ndarray]
Fit = Callable[[np.ndarray, np.ndarray], Predict]
Division = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclasses.dataclass(frozen=True)
class Repeat:
    """The figures of one division.

    Attributes:
        seed: Seed of the division.
        figures: SROCC, PLCC, KROCC and RMSE, PLCC and RMSE after each logistic fit.
        scored: Number of test images with a prediction.
        missing: Number of test images without one.
        fitted: Whether all logistic fits converged; otherwise their figures are raw.
    """

    seed: int
    figures: dict[str, float]
    scored: int
    missing: int
    fitted: bool


@dataclasses.dataclass(frozen=True)
class Spread:
    """Median and spread over the repeats, NaN if a repeat lacks the figure."""

    median: float
    low: float
    high: float
    std: float


@dataclasses.dataclass(frozen=True)
class Repeats:
    """The figures of all divisions, in the order of their seeds."""

    repeats: tuple[Repeat, ...]

    def spread(self, name: str) -> Spread:
        """Returns median, minimum, maximum and standard deviation of a figure."""
        x = np.array([repeat.figures[name] for repeat in self.repeats])
        statistics = np.median(x), np.min(x), np.max(x), np.std(x)
        return Spread(*map(float, statistics))

    def hints(self) -> list[str]:
        """Returns warnings that a reader of the figures needs; usually none."""
        unfitted = sum(not repeat.fitted for repeat in self.repeats)
        if not unfitted:
            return []
        of = f"{unfitted} of {len(self.repeats)} divisions"
        return [f"No logistic fit in {of}: raw values instead."]


def content_divisions(
    references: Sequence[str] | np.ndarray, *, seeds: Iterable[int] = splits.SEEDS
) -> dict[int, Division]:
    """Returns training, validation and test rows by seed; see `splits.three_way`."""
    return {seed: splits.three_way(references, seed=seed) for seed in seeds}


def repeated(
    fit: Fit,
    mos: np.ndarray,
    divisions: Mapping[int, Division],
    *,
    logistics: Sequence[int] = LOGISTICS,
) -> Repeats:
    """Trains and tests once for each division.

    Args:
        fit: See the top of this module.
        mos: `(n,)`, higher is better.
        divisions: Training, validation and test rows by seed: `content_divisions`, or
            the one official division under any number.
        logistics: Number of parameters of each logistic fit, 4 or 5.

    Raises:
        ValueError: If a row is in two parts of a division, if predictions do not match
            the test rows, or if there are no divisions.
    """
    if not divisions:
        raise ValueError("At least one division is expected. Received: divisions={}")
    mos = np.asarray(mos, "float64")
    repeats = []
    for seed, (train, validation, test) in divisions.items():
        check_disjoint(train, validation, test)
        predictions = predicted(fit(train, validation), test)
        repeats.append(_measured(seed, predictions, mos[test], logistics))
    return Repeats(tuple(repeats))


def predicted(predict: Predict, rows: np.ndarray) -> np.ndarray:
    """Returns one prediction for each row, float64 `(len(rows),)`."""
    predictions = np.asarray(predict(rows), "float64")
    if predictions.shape != np.shape(rows):
        raise ValueError(
            f"Predictions of shape {np.shape(rows)} are expected, one for each row. "
            f"Received: predictions.shape={predictions.shape}"
        )
    return predictions


def check_disjoint(*parts: np.ndarray) -> None:
    """Raises `ValueError` if a row is in two parts."""
    rows = np.concatenate(parts)
    if len(np.unique(rows)) != len(rows):
        raise ValueError(
            "Parts without common rows are expected. "
            f"Received: {len(rows) - len(np.unique(rows))} rows more than once"
        )


def _measured(
    seed: int, predictions: np.ndarray, mos: np.ndarray, logistics: Sequence[int]
) -> Repeat:
    (q, y), _, missing = metrics.complete(predictions=predictions, mos=mos)
    fits = [
        metrics.fit_logistic(q, y, parameters=parameters) for parameters in logistics
    ]
    fitted = all(fit.converged for fit in fits)
    return Repeat(seed, values(q, y, fits), len(q), missing, fitted)
