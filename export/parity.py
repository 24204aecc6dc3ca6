"""Checks that an export gives the same scores as its scorer, on different images.

Scores are compared on a scale of 0 to 100, the range of the training MOS. A flat image
must be NaN on both sides, unless the format of the export has no NaN.
"""

import time
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import asdict
from dataclasses import dataclass
from statistics import median
from typing import Any
from typing import cast

import keras
import numpy as np

from tfiqa.export import agreement
from tfiqa.export.images import COUNT
from tfiqa.scoring.references import needs_references
from tfiqa.scoring.references import pair_predictor
from tfiqa.scoring.scorer import metadata
from tfiqa.scoring.scorer import predictor

VISIBLE = 1.0  # Scores with a smaller spread would agree by chance.
LARGEST_BATCH = 4

Run = Callable[..., np.ndarray]

# An image, uint8 `(height, width, 3)`, or one with a reference of the same size.
Example = np.ndarray | tuple[np.ndarray, np.ndarray]


class Disagreement(ValueError):
    """An export does not score as its scorer does."""


@dataclass(frozen=True)
class Bar:
    """The agreement that an export must reach; None sets no bound.

    Attributes:
        largest: Largest difference on the scale of 0 to 100. If the scores spread over
            more than 100, it grows with the spread: precision is relative.
        pearson: Smallest Pearson correlation.
        srocc: Smallest rank correlation; ties of the scorer do not count.
        has_nan: Whether flat images must be NaN.
        features: Largest difference of the features of an encoder; see
            `feature_parity`.
    """

    largest: float | None = None
    pearson: float | None = None
    srocc: float | None = None
    has_nan: bool = True
    features: float | None = None


class Checked:
    """What a comparison of an export with its model found, as a dataclass.

    Attributes:
        faults: The bounds that were missed.
    """

    faults: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether the bar was reached."""
        return not self.faults

    def as_dict(self) -> dict:
        """Returns all fields, and whether the bar was reached, for JSON."""
        return {"passed": self.passed, **asdict(cast(Any, self))}


@dataclass(frozen=True)
class Parity(Checked):
    """How an export compares with its scorer.

    Attributes:
        pictures: Number of compared images. The name is that of the key in JSON files.
        sizes: Number of different image sizes.
        spread: Highest minus lowest score, on the scale of 0 to 100.
        largest: Largest difference on that scale; infinite if only one side is NaN.
        pearson: Pearson correlation.
        srocc: Rank correlation; `agreement` says which scores count as equal.
        ties: Share of pairs with equal scores in the export but not in the scorer.
        milliseconds: Median time of one image in the export.
        scorer_milliseconds: Median time of one image in the scorer; calls of both
            alternate.
        megabytes: Size of the export; 0 if unknown.
        bar: The bounds that were checked.
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

    def _few(self) -> str:
        return f" (fewer than {COUNT})" if self.pictures < COUNT else ""

    def __str__(self) -> str:
        rows = {
            "images": f"{self.pictures} of {self.sizes} sizes{self._few()}",
            "spread of scores": f"{self.spread:.1f} of 100",
            "largest difference": f"{self.largest:.1e}{_bound_note(self.bar.largest)}",
            "Pearson": f"{self.pearson:.7f}{_bound_note(self.bar.pearson)}",
            "SROCC": f"{self.srocc:.5f}{_bound_note(self.bar.srocc)}",
            "tied pairs": f"{self.ties:.2%}",
            "ms per image": (
                f"{self.milliseconds:.1f} (Keras {self.scorer_milliseconds:.1f})"
            ),
            "megabytes": f"{self.megabytes:.1f}",
        }
        lines = [f"  {name:<20}{value}" for name, value in rows.items()]
        return "\n".join([*lines, *(f"  below the bar: {f}" for f in self.faults)])


def _bound_note(bound: float | None) -> str:
    return "" if bound is None else f" (bound: {bound:g})"


def verify(
    scorer: keras.Model,
    *runs: Run,
    images: Sequence[Example],
    bar: Bar,
    megabytes: float = 0.0,
    allow_disagreement: bool = False,
) -> Parity:
    """Compares an export with its scorer, image by image and in batches.

    Args:
        scorer: The exported scorer.
        runs: The ways to call the export, from float32 `(batch, height, width, 3)` in
            `[0, 1]`, and references if the scorer has some, to `(batch, 1)`. The first
            scores every image; the others only some images of each size.
        images: uint8 `(height, width, 3)`, of any sizes, or with references.
        bar: The required agreement.
        megabytes: Size of the export, for the result.
        allow_disagreement: Returns the result even if it is below the bar.

    Raises:
        Disagreement: If the export is below the bar, unless that is allowed.
        ValueError: If the scores of the images do not differ visibly.
    """
    expected, received, seconds = _scored_alone(scorer, runs[0], images)
    spread = _spread(expected)
    largest = agreement.largest_difference(expected, received, nan=bar.has_nan)
    for run in runs:
        for indices in batches(images, minimum=1 if run is not runs[0] else 2):
            scores = _call(run, [images[index] for index in indices])
            scores = _on_scale(scorer, scores)
            largest = max(
                largest,
                agreement.largest_difference(
                    expected[indices], scores, nan=bar.has_nan
                ),
            )
    scored = np.isfinite(expected) & np.isfinite(received)
    pearson, srocc, ties = agreement.correlations(expected[scored], received[scored])
    parity = Parity(
        pictures=len(images),
        sizes=len({parts_of(image)[0].shape for image in images}),
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
    if not parity.passed and not allow_disagreement:
        raise Disagreement(f"The export does not score as the scorer does.\n{parity}")
    return parity


def _scored_alone(scorer, run: Run, images):
    """Returns the scores of both for each image, and the seconds of each call."""
    predict = _predictor(scorer)
    expected, received, seconds = [], [], ([], [])
    for image in images:
        start = time.perf_counter()
        expected.append(predict(image))
        second_start = time.perf_counter()
        received.append(_call(run, [image])[0])
        seconds[0].append(second_start - start)
        seconds[1].append(time.perf_counter() - second_start)
    scores = _on_scale(scorer, np.array(expected)), _on_scale(scorer, received)
    return *scores, seconds


def _predictor(scorer: keras.Model) -> Callable[[Example], float]:
    if not needs_references(scorer):
        return predictor(scorer)
    compare = pair_predictor(scorer)
    return lambda pair: compare(*pair)


def parts_of(example: Example) -> tuple[np.ndarray, ...]:
    """Returns the image, and its reference if it has one."""
    return example if isinstance(example, tuple) else (example,)


def unit_batch(images: Sequence[np.ndarray]) -> np.ndarray:
    """Returns images of one size as float32 `(n, height, width, 3)` in `[0, 1]`."""
    return np.stack(images).astype("float32") / np.float32(255)


def _call(run: Run, images: Sequence[Example]) -> np.ndarray:
    columns = zip(*map(parts_of, images), strict=True)
    scores = np.asarray(run(*map(unit_batch, columns)))
    if scores.shape != (len(images), 1):
        raise Disagreement(
            f"Scores of shape {(len(images), 1)} are expected. Received: {scores.shape}"
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
            "Images whose scores differ visibly are expected. Received: "
            f"{len(expected)} images, {scored.size} of them scored, whose scores "
            f"spread over {spread:.1e} of 100 ({VISIBLE:g} is needed)"
        )
    return spread


def batches(images: Sequence[Example], minimum: int) -> Iterator[list[int]]:
    """Yields the indices of up to `LARGEST_BATCH` images of each size."""
    sizes: dict[tuple[int, ...], list[int]] = {}
    for index, image in enumerate(images):
        sizes.setdefault(parts_of(image)[0].shape, []).append(index)
    for group in sizes.values():
        if len(group) >= minimum:
            yield group[-LARGEST_BATCH:]


def _faults(
    bar: Bar, spread: float, largest: float, pearson: float, srocc: float
) -> Iterator[str]:
    factor = max(spread / 100.0, 1.0)
    if largest == float("inf"):
        yield "some images are NaN on one side only"
    elif bar.largest is not None and not largest <= bar.largest * factor:
        yield f"largest difference {largest:.1e}, {bar.largest * factor:g} is allowed"
    if bar.pearson is not None and not pearson >= bar.pearson:
        yield f"Pearson {pearson:.6f}, {bar.pearson:g} is required"
    if bar.srocc is not None and not srocc >= bar.srocc - 1e-12:
        yield f"SROCC {srocc:.5f}, {bar.srocc:g} is required"
