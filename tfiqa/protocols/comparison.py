"""Agreement of scores, from wherever they are, with the MOS of the same pictures.

PLCC and RMSE come raw and after the logistic fit with 4 parameters, which scores in
other units than those of the MOS need. Intervals of what comes after the fit take it as
given, and resample the pictures alone. Pictures without a score are left out of the
figures, and counted wherever the figures are shown.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np

from tfiqa import metrics
from tfiqa.metrics.agreement import Metric

METRICS = {
    "SROCC": metrics.srocc,
    "PLCC": metrics.plcc,
    "KROCC": metrics.krocc,
    "RMSE": metrics.rmse,
}
# What is measured after the logistic fit.
FITTED = {"PLCC (logistic)": metrics.plcc, "RMSE (logistic)": metrics.rmse}
LEVEL = 0.95


@dataclasses.dataclass(frozen=True)
class Figure:
    """A metric and the ends of its 95 % bootstrap interval, NaN where undefined."""

    value: float
    low: float
    high: float


@dataclasses.dataclass(frozen=True)
class Result:
    """What a scorer says of a dataset, picture by picture, and how well it agrees.

    Attributes:
        dataset: Name of the dataset.
        image_ids: One per picture.
        mos: float32 `(n,)`, higher is better.
        predictions: float32 `(n,)` in MOS units, NaN where not scored.
        statuses: One of `assess.STATUSES` per picture.
        figures: By name, over the pictures that were scored; RMSE in MOS units. Where
            the logistic fit failed, figures after it are the raw ones.
        fit: The logistic from predictions to MOS, or why there is none.
    """

    dataset: str
    image_ids: tuple[str, ...]
    mos: np.ndarray
    predictions: np.ndarray
    statuses: tuple[str, ...]
    figures: dict[str, Figure]
    fit: metrics.LogisticFit

    @property
    def failures(self) -> dict[str, int]:
        """How many pictures were not scored, by status."""
        failed = [status for status in self.statuses if status != "ok"]
        return {status: failed.count(status) for status in sorted(set(failed))}

    @property
    def scored(self) -> int:
        """How many pictures were scored."""
        return self.statuses.count("ok")

    def lines(self) -> list[str]:
        """Returns a line per figure, one that says of how many pictures, and hints."""
        width = max(map(len, self.figures))
        figures = [
            f"{name:{width}} {_shown(figure.value)} "
            f"[{_shown(figure.low)}, {_shown(figure.high)}]"
            for name, figure in self.figures.items()
        ]
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.failures.items())
        failed = f"{len(self.statuses) - self.scored} not scored"
        counted = f"{self.scored} scored, {failed}{f' ({kinds})' if kinds else ''}"
        return [*figures, f"{'n':{width}} {counted}", *self.hints()]

    def hints(self) -> list[str]:
        """Returns what a reader of the figures must know, nothing as a rule."""
        hints = []
        if not self.fit.converged:
            hints.append(f"No logistic fit, raw values instead: {self.fit.failure}.")
        if self.figures["SROCC"].high < 0:
            hints.append("The correlation is negative: is lower better in the scores?")
        return hints


def compared(
    dataset: str,
    image_ids: Sequence[str],
    mos: np.ndarray,
    predictions: np.ndarray,
    *,
    statuses: Sequence[str] | None = None,
    seed: int = 0,
    resamples: int = 2000,
) -> Result:
    """Compares scores, from wherever they are, with the MOS of a whole set.

    Args:
        dataset: Name of the dataset.
        image_ids: One per picture.
        mos: `(n,)`, higher is better.
        predictions: `(n,)` in any unit, NaN where there is none.
        statuses: One per picture; by default `"missing"` where there is no prediction.
        seed: Of the bootstrap.
        resamples: Of the bootstrap.

    Raises:
        ValueError: If lengths differ, or there is not one prediction.
    """
    lengths = {"image_ids": len(image_ids), "mos": len(mos), "n": len(predictions)}
    if len(set(lengths.values())) != 1:
        raise ValueError(
            f"One prediction and one MOS a picture are expected. Received: {lengths}"
        )
    if statuses is None:
        statuses = ["missing" if lost else "ok" for lost in np.isnan(predictions)]
    scored = np.array([status == "ok" for status in statuses], bool)
    if not np.any(scored):
        raise ValueError(
            f"Pictures that can be scored are expected. Received: {dataset!r}, "
            f"{len(statuses)} pictures, their statuses {sorted(set(statuses))}"
        )
    pair = predictions[scored], mos[scored]
    fit = metrics.fit_logistic(*pair)
    return Result(
        dataset=dataset,
        image_ids=tuple(image_ids),
        mos=mos,
        predictions=predictions,
        statuses=tuple(statuses),
        figures=figures(*pair, fit=fit, seed=seed, resamples=resamples),
        fit=fit,
    )


def figures(
    predictions: np.ndarray,
    mos: np.ndarray,
    *,
    fit: metrics.LogisticFit | None = None,
    seed: int = 0,
    resamples: int = 2000,
) -> dict[str, Figure]:
    """Returns every metric of `METRICS` and `FITTED` with its bootstrap interval.

    `fit` is `metrics.fit_logistic` of both if it is not given.
    """
    fit = metrics.fit_logistic(predictions, mos) if fit is None else fit
    fitted = fit(predictions)

    def figure(metric: Metric, values: np.ndarray) -> Figure:
        ends = metrics.bootstrap_interval(
            metric, values, mos, level=LEVEL, resamples=resamples, seed=seed
        )
        return Figure(metric(values, mos), *ends)

    found = {name: figure(metric, predictions) for name, metric in METRICS.items()}
    found |= {name: figure(metric, fitted) for name, metric in FITTED.items()}
    if fit.direction < 0:
        after = found["PLCC (logistic)"]
        found["PLCC (logistic)"] = Figure(-after.value, -after.high, -after.low)
    return found


def _shown(value: float) -> str:
    """Returns three decimals for correlations, three digits for larger values."""
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.4g}"
