"""Agreement of scores from any source with the MOS of the same images.

PLCC and RMSE are measured raw and after logistic fits, by default with 4 parameters.
Scores in other units than the MOS need the fit. Intervals of fitted figures keep the
fit fixed and resample the images alone. Images without a score are excluded from the
figures, and counted wherever the figures are shown.
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
# Metrics that are also measured after a logistic fit.
FITTED = ("PLCC", "RMSE")
# Numbers of parameters of the default logistic fits.
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
    """Scores of a dataset, image by image, and their agreement with the MOS.

    Attributes:
        dataset: Name of the dataset.
        image_ids: One per image.
        mos: float32 `(n,)`, higher is better.
        predictions: float32 `(n,)` in MOS units, NaN where not scored.
        statuses: One of `assess.STATUSES` per image.
        figures: Figures by name, over the scored images; RMSE is in MOS units. If a
            logistic fit failed, its figures are the raw ones.
        fits: The logistic fits from predictions to MOS; a failed one says why.
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
        """The first fit, which plots show."""
        return self.fits[0]

    @property
    def failures(self) -> dict[str, int]:
        """How many images were not scored, by status."""
        failed = [status for status in self.statuses if status != "ok"]
        return {status: failed.count(status) for status in sorted(set(failed))}

    @property
    def scored(self) -> int:
        """How many images were scored."""
        return self.statuses.count("ok")

    def lines(self) -> list[str]:
        """Returns a line for each figure, one for the number of images, and hints."""
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
        """Returns warnings that a reader of the figures needs; usually none."""
        hints = [
            f"No logistic fit, raw values instead: {fit.failure}."
            for fit in self.fits
            if not fit.converged
        ]
        srocc = self.figures["SROCC"]
        if srocc.high < 0 or (np.isnan(srocc.high) and srocc.value < 0):
            hints.append(
                "The correlation is negative: does a lower score mean better quality?"
            )
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
    """Compares scores from any source with the MOS of a complete set.

    Args:
        dataset: Name of the dataset.
        image_ids: One per image.
        mos: `(n,)`, higher is better.
        predictions: `(n,)` in any unit, NaN where there is none.
        statuses: One per image; by default `"missing"` where there is no prediction.
        logistics: Number of parameters of each logistic fit, 4 or 5.
        seed: Seed of the bootstrap.
        resamples: Number of bootstrap resamples.

    Raises:
        ValueError: If lengths differ, or there is no prediction at all.
    """
    lengths = {"image_ids": len(image_ids), "mos": len(mos), "n": len(predictions)}
    if len(set(lengths.values())) != 1:
        raise ValueError(
            f"One prediction and one MOS per image are expected. Received: {lengths}"
        )
    if statuses is None:
        statuses = ["missing" if absent else "ok" for absent in np.isnan(predictions)]
    scored = np.array([status == "ok" for status in statuses], bool)
    if not np.any(scored):
        raise ValueError(
            f"At least one scored image is expected. Received: {dataset!r}, "
            f"{len(statuses)} images with the statuses {sorted(set(statuses))}"
        )
    pair = predictions[scored], mos[scored]
    fits = tuple(
        metrics.fit_logistic(*pair, parameters=parameters) for parameters in logistics
    )
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
    """Returns each figure that `values` returns, with its bootstrap interval."""

    def figure(metric: Metric, values: np.ndarray) -> Figure:
        ends = metrics.bootstrap_interval(
            metric, values, mos, level=LEVEL, resamples=resamples, seed=seed
        )
        return Figure(metric(values, mos), *ends)

    measured = {name: figure(metric, predictions) for name, metric in METRICS.items()}
    for fit in fits:
        for name in FITTED:
            after = figure(METRICS[name], fit(predictions))
            if name == "PLCC" and fit.direction < 0:
                after = Figure(-after.value, -after.high, -after.low)
            measured[fitted_name(name, fit)] = after
    return measured


def values(
    predictions: np.ndarray, mos: np.ndarray, fits: Sequence[metrics.LogisticFit]
) -> dict[str, float]:
    """Returns every metric of `METRICS`, and those of `FITTED` after each fit."""
    measured = {name: metric(predictions, mos) for name, metric in METRICS.items()}
    for fit in fits:
        measured[fitted_name("PLCC", fit)] = fit.plcc(predictions, mos)
        measured[fitted_name("RMSE", fit)] = fit.rmse(predictions, mos)
    return measured


def fitted_name(name: str, fit: metrics.LogisticFit) -> str:
    """Returns the name of a figure after a fit; mentions 5 parameters, but not 4."""
    suffix = "logistic" if fit.parameters == 4 else f"logistic {fit.parameters}"
    return f"{name} ({suffix})"


def _shown(value: float) -> str:
    """Returns three decimals for correlations, three digits for larger values."""
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.4g}"
