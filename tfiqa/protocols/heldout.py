"""Agreement of a scorer with the MOS of pictures it has not seen.

Pictures that cannot be scored (they do not decode, or are flat) are left out of the
figures, and counted wherever the figures are shown.
"""

import dataclasses
from collections.abc import Callable
from collections.abc import Iterator

import keras
import numpy as np

from tfiqa import metrics
from tfiqa.assess import Assessment
from tfiqa.assess import assess
from tfiqa.data.load import Source
from tfiqa.scorer import metadata
from tfiqa.scorer import predictor

METRICS = {
    "SROCC": metrics.srocc,
    "PLCC": metrics.plcc,
    "KROCC": metrics.krocc,
    "RMSE": metrics.rmse,
}
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
        figures: By name, over the pictures that were scored; RMSE in MOS units.
    """

    dataset: str
    image_ids: tuple[str, ...]
    mos: np.ndarray
    predictions: np.ndarray
    statuses: tuple[str, ...]
    figures: dict[str, Figure]

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
        """Returns one line per figure and one that says of how many pictures."""
        figures = [
            f"{name:5} {_shown(figure.value)} "
            f"[{_shown(figure.low)}, {_shown(figure.high)}]"
            for name, figure in self.figures.items()
        ]
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.failures.items())
        failed = f"{len(self.statuses) - self.scored} not scored"
        return [
            *figures,
            f"n     {self.scored} scored, {failed}{f' ({kinds})' if kinds else ''}",
        ]


def heldout(
    scorer: keras.Model,
    source: Source,
    *,
    seed: int = 0,
    resamples: int = 2000,
    progress: Callable[[int], None] | None = None,
) -> Result:
    """Scores the pictures of a source and compares with their MOS.

    Args:
        scorer: A scorer; see `tfiqa.scorer`.
        source: Pictures with MOS.
        seed: Of the bootstrap.
        resamples: Of the bootstrap.
        progress: Called with the number of pictures done after each.

    Raises:
        ValueError: If the source has no MOS, or not one picture can be scored.
    """
    if source.mos is None:
        raise ValueError(f"Pictures with MOS are expected. Received: {source.name!r}")
    outcomes = []
    min_side = metadata(scorer).get("min_side", 1)
    for outcome in assessed(predictor(scorer), source, min_side=min_side):
        outcomes.append(outcome)
        if progress is not None:
            progress(len(outcomes))
    predictions = np.array([outcome.score for outcome in outcomes], "float32")
    statuses = tuple(outcome.status for outcome in outcomes)
    scored = np.array([status == "ok" for status in statuses], bool)
    if not np.any(scored):
        raise ValueError(
            f"Pictures that can be scored are expected. Received: {source.name!r}, "
            f"{len(statuses)} pictures, their statuses {sorted(set(statuses))}"
        )
    pair = predictions[scored], source.mos[scored]
    return Result(
        dataset=source.name,
        image_ids=source.image_ids,
        mos=source.mos,
        predictions=predictions,
        statuses=statuses,
        figures=figures(*pair, seed=seed, resamples=resamples),
    )


def assessed(
    predict: Callable[[np.ndarray], float], source: Source, *, min_side: int = 1
) -> Iterator[Assessment]:
    """Yields the assessment of each picture of a source; see `assess`."""
    rows = source.examples.map(lambda row: row["image"]).as_numpy_iterator()
    readers = ((lambda encoded=encoded: bytes(encoded)) for encoded in rows)
    return assess(readers, predict, min_side=min_side)


def figures(
    predictions: np.ndarray, mos: np.ndarray, *, seed: int = 0, resamples: int = 2000
) -> dict[str, Figure]:
    """Returns every metric of `METRICS` with its bootstrap interval."""
    found = {}
    for name, metric in METRICS.items():
        interval = metrics.bootstrap_interval(
            metric, predictions, mos, level=LEVEL, resamples=resamples, seed=seed
        )
        found[name] = Figure(metric(predictions, mos), *interval)
    return found


def _shown(value: float) -> str:
    """Returns three decimals for correlations, three digits for larger values."""
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.4g}"
