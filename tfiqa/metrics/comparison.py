"""Agreement of scores, from wherever they are, with the MOS of the same pictures.

PLCC and RMSE come raw and after logistic fits, with 4 parameters where nothing is said,
which scores in other units than those of the MOS need. Intervals of what comes after a
fit take it as given, and resample the pictures alone. Pictures without a score are left
out of the figures, and counted wherever the figures are shown.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np

from tfiqa import metrics
from tfiqa.metrics.agreement import Metric
from tfiqa.metrics.bootstrap import RESAMPLES

METRICS = {
    "SROCC": metrics.srocc,
    "PLCC": metrics.plcc,
    "KROCC": metrics.krocc,
    "RMSE": metrics.rmse,
}
# What is measured after a logistic fit too.
FITTED = ("PLCC", "RMSE")
# Parameters of the logistics that are fitted where nothing is said.
LOGISTICS = (4,)
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
        fits: The logistics from predictions to MOS, or why there is none.
    """

    dataset: str
    image_ids: tuple[str, ...]
    mos: np.ndarray
    predictions: np.ndarray
    statuses: tuple[str, ...]
    figures: dict[str, Figure]
    fits: tuple[metrics.LogisticFit, ...]

    @property
    def fit(self) -> metrics.LogisticFit:
        """The first of the fits, which is drawn."""
        return self.fits[0]

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
        hints = [
            f"No logistic fit, raw values instead: {fit.failure}."
            for fit in self.fits
            if not fit.converged
        ]
        srocc = self.figures["SROCC"]
        if srocc.high < 0 or (np.isnan(srocc.high) and srocc.value < 0):
            hints.append("The correlation is negative: is lower better in the scores?")
        return hints


def compared(
    dataset: str,
    image_ids: Sequence[str],
    mos: np.ndarray,
    predictions: np.ndarray,
    *,
    statuses: Sequence[str] | None = None,
    logistics: Sequence[int] = LOGISTICS,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Result:
    """Compares scores, from wherever they are, with the MOS of a whole set.

    Args:
        dataset: Name of the dataset.
        image_ids: One per picture.
        mos: `(n,)`, higher is better.
        predictions: `(n,)` in any unit, NaN where there is none.
        statuses: One per picture; by default `"missing"` where there is no prediction.
        logistics: Parameters of each logistic fit, 4 or 5.
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
    fits = tuple(metrics.fit_logistic(*pair, parameters=one) for one in logistics)
    return Result(
        dataset=dataset,
        image_ids=tuple(image_ids),
        mos=mos,
        predictions=predictions,
        statuses=tuple(statuses),
        figures=figures(*pair, fits, seed=seed, resamples=resamples),
        fits=fits,
    )


def figures(
    predictions: np.ndarray,
    mos: np.ndarray,
    fits: Sequence[metrics.LogisticFit],
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> dict[str, Figure]:
    """Returns every figure of `values` with its bootstrap interval."""

    def figure(metric: Metric, values: np.ndarray) -> Figure:
        ends = metrics.bootstrap_interval(
            metric, values, mos, level=LEVEL, resamples=resamples, seed=seed
        )
        return Figure(metric(values, mos), *ends)

    found = {name: figure(metric, predictions) for name, metric in METRICS.items()}
    for fit in fits:
        for name in FITTED:
            after = figure(METRICS[name], fit(predictions))
            if name == "PLCC" and fit.direction < 0:
                after = Figure(-after.value, -after.high, -after.low)
            found[fitted_name(name, fit)] = after
    return found


def values(
    predictions: np.ndarray, mos: np.ndarray, fits: Sequence[metrics.LogisticFit]
) -> dict[str, float]:
    """Returns every metric of `METRICS`, and those of `FITTED` after each fit."""
    found = {name: metric(predictions, mos) for name, metric in METRICS.items()}
    for fit in fits:
        found[fitted_name("PLCC", fit)] = fit.plcc(predictions, mos)
        found[fitted_name("RMSE", fit)] = fit.rmse(predictions, mos)
    return found


def fitted_name(name: str, fit: metrics.LogisticFit) -> str:
    """Returns the name of a figure after a fit; 4 parameters are not mentioned."""
    told = "logistic" if fit.parameters == 4 else f"logistic {fit.parameters}"
    return f"{name} ({told})"


def _shown(value: float) -> str:
    """Returns three decimals for correlations, three digits for larger values."""
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.4g}"
