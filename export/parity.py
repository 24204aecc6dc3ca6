"""The gate of every export: it scores as the scorer does, on pictures that differ.

Scores are compared on a scale of 0 to 100, the range of the training MOS. A flat
picture must be NaN on both sides, where the export has such a thing as NaN.
"""

import time
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import asdict
from dataclasses import dataclass
from statistics import median

import keras
import numpy as np

from tfiqa.export import agreement
from tfiqa.export.pictures import COUNT
from tfiqa.scoring.scorer import metadata
from tfiqa.scoring.scorer import predictor

VISIBLE = 1.0  # Scores closer together than this would agree by chance.
LARGEST_BATCH = 4

Run = Callable[[np.ndarray], np.ndarray]


class Disagreement(ValueError):
    """An export does not score as its scorer does."""


@dataclass(frozen=True)
class Bar:
    """What an export must reach; what is None is not asked for.

    Attributes:
        largest: Largest difference on the scale of 0 to 100; where scores spread over
            more than that, as a share of their spread: float32 has as many digits.
        pearson: Smallest correlation.
        srocc: Smallest rank correlation, ties of the scorer aside.
        has_nan: Whether flat pictures must be NaN.
    """

    largest: float | None = None
    pearson: float | None = None
    srocc: float | None = None
    has_nan: bool = True


@dataclass(frozen=True)
class Parity:
    """How an export compares with its scorer.

    Attributes:
        pictures: How many were compared.
        sizes: How many different sizes they have.
        spread: From the lowest to the highest score, on the scale of 0 to 100.
        largest: Largest difference on that scale; infinite where one side alone is NaN.
        pearson: Correlation.
        srocc: Rank correlation; of what counts as one score, see `closeness`.
        ties: Share of pairs that have one score in the export and two in the scorer.
        milliseconds: Median of a picture in the export.
        scorer_milliseconds: The same in the scorer, in turn with the export.
        megabytes: Size of the export; 0 where it is not known.
        bar: What was asked for.
        faults: What was not reached.
    """

    pictures: int
    sizes: int
    spread: float
    largest: float
    pearson: float
    srocc: float
    ties: float
    milliseconds: float
    scorer_milliseconds: float
    megabytes: float
    bar: Bar
    faults: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether the bar was reached."""
        return not self.faults

    def as_dict(self) -> dict:
        """Returns everything, for JSON."""
        return {"passed": self.passed, **asdict(self)}

    def _few(self) -> str:
        return f" (fewer than {COUNT})" if self.pictures < COUNT else ""

    def __str__(self) -> str:
        rows = {
            "pictures": f"{self.pictures} of {self.sizes} sizes{self._few()}",
            "spread of scores": f"{self.spread:.1f} of 100",
            "largest difference": f"{self.largest:.1e}{_asked(self.bar.largest)}",
            "Pearson": f"{self.pearson:.7f}{_asked(self.bar.pearson)}",
            "SROCC": f"{self.srocc:.5f}{_asked(self.bar.srocc)}",
            "tied pairs": f"{self.ties:.2%}",
            "ms per picture": (
                f"{self.milliseconds:.1f} (Keras {self.scorer_milliseconds:.1f})"
            ),
            "megabytes": f"{self.megabytes:.1f}",
        }
        lines = [f"  {name:<20}{value}" for name, value in rows.items()]
        return "\n".join([*lines, *(f"  below the bar: {f}" for f in self.faults)])


def _asked(bound: float | None) -> str:
    return "" if bound is None else f" (asked for: {bound:g})"


def verify(
    scorer: keras.Model,
    *runs: Run,
    pictures: Sequence[np.ndarray],
    bar: Bar,
    megabytes: float = 0.0,
    allow_disagreement: bool = False,
) -> Parity:
    """Compares an export with its scorer, picture by picture and in batches.

    Args:
        scorer: What was exported.
        runs: The ways to call the export, from float32 `(batch, height, width, 3)` in
            `[0, 1]` to `(batch, 1)`. The first takes every picture, the others what
            else there is of each size.
        pictures: uint8 `(height, width, 3)`, of any sizes.
        bar: What to reach.
        megabytes: Size of the export, for the record.
        allow_disagreement: Returns also what is below the bar.

    Raises:
        Disagreement: If the export is below the bar.
        ValueError: If the scores of the pictures do not differ visibly.
    """
    expected, received, seconds = _scored_alone(scorer, runs[0], pictures)
    spread = _spread(expected)
    largest = agreement.largest(expected, received, nan=bar.has_nan)
    for run in runs:
        for chosen in _batches(pictures, least=1 if run is not runs[0] else 2):
            scores = _called(run, [pictures[index] for index in chosen])
            scores = _on_scale(scorer, scores)
            largest = max(
                largest, agreement.largest(expected[chosen], scores, nan=bar.has_nan)
            )
    scored = np.isfinite(expected) & np.isfinite(received)
    pearson, srocc, ties = agreement.correlations(expected[scored], received[scored])
    found = Parity(
        pictures=len(pictures),
        sizes=len({picture.shape for picture in pictures}),
        spread=spread,
        largest=largest,
        pearson=pearson,
        srocc=srocc,
        ties=ties,
        milliseconds=1000 * median(seconds[1]),
        scorer_milliseconds=1000 * median(seconds[0]),
        megabytes=megabytes,
        bar=bar,
        faults=tuple(_faults(bar, spread, largest, pearson, srocc)),
    )
    if not found.passed and not allow_disagreement:
        raise Disagreement(f"The export does not score as the scorer does.\n{found}")
    return found


def _scored_alone(scorer, run: Run, pictures):
    """Returns both scores of each picture, and the seconds they took."""
    predict = predictor(scorer)
    expected, received, seconds = [], [], ([], [])
    for picture in pictures:
        start = time.perf_counter()
        expected.append(predict(picture))
        between = time.perf_counter()
        received.append(_called(run, [picture])[0])
        seconds[0].append(between - start)
        seconds[1].append(time.perf_counter() - between)
    scores = _on_scale(scorer, np.array(expected)), _on_scale(scorer, received)
    return *scores, seconds


def _called(run: Run, pictures) -> np.ndarray:
    images = np.stack(pictures).astype("float32") / np.float32(255)
    scores = np.asarray(run(images))
    if scores.shape != (len(pictures), 1):
        raise Disagreement(
            f"Scores of shape {(len(pictures), 1)} are expected. "
            f"Received: {scores.shape}"
        )
    return scores[:, 0]


def _on_scale(scorer: keras.Model, scores) -> np.ndarray:
    worst, best = metadata(scorer)["mos_range"]
    return 100.0 * (np.asarray(scores, np.float64) - worst) / (best - worst)


def _spread(expected: np.ndarray) -> float:
    scored = expected[np.isfinite(expected)]
    spread = float(np.ptp(scored)) if scored.size else 0.0
    if spread < VISIBLE:
        raise ValueError(
            "Pictures whose scores differ visibly are expected. Received: "
            f"{len(expected)} pictures, {scored.size} of them scored, whose scores "
            f"spread over {spread:.1e} of 100 ({VISIBLE:g} is needed)"
        )
    return spread


def _batches(pictures: Sequence[np.ndarray], least: int) -> Iterator[list[int]]:
    """Yields the indices of some pictures of each size."""
    sizes: dict[tuple[int, ...], list[int]] = {}
    for index, picture in enumerate(pictures):
        sizes.setdefault(picture.shape, []).append(index)
    for indices in sizes.values():
        if len(indices) >= least:
            yield indices[-LARGEST_BATCH:]


def _faults(
    bar: Bar, spread: float, largest: float, pearson: float, srocc: float
) -> Iterator[str]:
    beyond = max(spread / 100.0, 1.0)
    if largest == float("inf"):
        yield "some pictures are NaN on one side alone"
    elif bar.largest is not None and not largest <= bar.largest * beyond:
        yield f"largest difference {largest:.1e}, {bar.largest * beyond:g} is allowed"
    if bar.pearson is not None and not pearson >= bar.pearson:
        yield f"Pearson {pearson:.6f}, {bar.pearson:g} is asked for"
    if bar.srocc is not None and not srocc >= bar.srocc - 1e-12:
        yield f"SROCC {srocc:.5f}, {bar.srocc:g} is asked for"
