"""The gate of every export: it scores as the scorer does, on pictures that differ.

Differences are shares of the range of the training MOS. A flat picture must be NaN on
both sides.
"""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from tfiqa.data.decode import decode
from tfiqa.scorer import metadata
from tfiqa.scorer import predictor
from tfiqa.synthetic.dead_leaves import dead_leaves

VISIBLE = 0.01  # Scores closer together than this would agree by chance.


class Disagreement(ValueError):
    """An export does not score as its scorer does."""


@dataclass(frozen=True)
class Parity:
    """How an export compares; all but the count are shares of the MOS range."""

    pictures: int
    largest: float
    spread: float
    bound: float

    def __str__(self) -> str:
        return (
            f"{self.pictures} pictures, whose scores spread over {self.spread:.3f} of "
            f"the MOS range, differ by at most {self.largest:.1e} of it "
            f"(allowed: {self.bound:.0e})"
        )


def verify(
    scorer: keras.Model,
    *runs: Callable[[np.ndarray], np.ndarray],
    pictures: Sequence[np.ndarray],
    bound: float,
) -> Parity:
    """Compares an export with its scorer, picture by picture and in batches.

    Args:
        scorer: What was exported.
        runs: The ways to call the export, from float32 `(batch, height, width, 3)` in
            `[0, 1]` to `(batch, 1)`.
        pictures: uint8 `(height, width, 3)`, of any sizes.
        bound: Largest difference allowed, as a share of the MOS range.

    Raises:
        Disagreement: If a score differs by more, or is NaN on one side alone.
        ValueError: If the scores of the pictures do not differ visibly.
    """
    worst, best = metadata(scorer)["mos_range"]
    predict = predictor(scorer)
    expected = np.array([predict(picture) for picture in pictures])
    scored = expected[np.isfinite(expected)]
    spread = np.ptp(scored) / (best - worst) if scored.size else 0.0
    if spread < VISIBLE:
        raise ValueError(
            "Pictures whose scores differ visibly are expected. Received: "
            f"{len(pictures)} pictures, {scored.size} of them scored, whose scores "
            f"spread over {spread:.1e} of the MOS range ({VISIBLE} is needed)"
        )
    largest = 0.0
    for chosen in _batches(pictures):
        batch = np.stack([pictures[index] for index in chosen])
        images = batch.astype("float32") / np.float32(255)
        for run in runs:
            difference = _largest_difference(expected[chosen], np.asarray(run(images)))
            largest = max(largest, difference / (best - worst))
    parity = Parity(len(pictures), largest, float(spread), bound)
    if not largest <= bound:
        raise Disagreement(f"The export does not score as the scorer does: {parity}")
    return parity


def _batches(pictures: Sequence[np.ndarray]) -> Iterator[list[int]]:
    """Yields indices: each picture alone, then each size as one batch."""
    sizes: dict[tuple[int, ...], list[int]] = {}
    for index, picture in enumerate(pictures):
        sizes.setdefault(picture.shape, []).append(index)
        yield [index]
    yield from (indices for indices in sizes.values() if len(indices) > 1)


def _largest_difference(expected: np.ndarray, received: np.ndarray) -> float:
    if received.shape != (len(expected), 1):
        raise Disagreement(
            f"Scores of shape {(len(expected), 1)} are expected. "
            f"Received: {received.shape}"
        )
    flat = np.isnan(expected)
    if np.any(flat != np.isnan(received[:, 0])):
        return float("inf")
    return float(np.max(np.abs(expected - received[:, 0])[~flat], initial=0.0))


def generated_pictures(min_side: int = 1) -> list[np.ndarray]:
    """Returns generated scenes, uint8, sharp, blurred and noisy, and one flat picture.

    Among them are several of one size, both formats, and one that is smaller than the
    crops of most scorers.

    Args:
        min_side: Smallest side in pixels.
    """
    noise = np.random.default_rng(0)
    sides = [(max(h, min_side), max(w, min_side)) for h, w in _SIDES]
    pictures = [
        _distorted(dead_leaves(index, size), kind, noise)
        for index, (size, kind) in enumerate(zip(sides, _KINDS, strict=True))
    ]
    return [*pictures, np.full((*sides[-1], 3), 99, np.uint8)]


_SIDES = [*[(256, 256)] * 4, (224, 320), (300, 200), (240, 240), (30, 47)]
_KINDS = ["sharp", "blurred", "very blurred", "noisy", "noisy", "blurred", "sharp"]
_KINDS += ["very noisy"]


def _distorted(picture: np.ndarray, kind: str, noise: np.random.Generator):
    levels = picture.astype("float64")
    for _ in range({"blurred": 3, "very blurred": 25}.get(kind, 0)):
        for axis in (0, 1):
            levels += np.roll(levels, 1, axis) + np.roll(levels, -1, axis)
            levels /= 3
    deviation = {"noisy": 15.0, "very noisy": 50.0}.get(kind, 0.0)
    levels += deviation * noise.standard_normal(levels.shape)
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)


def pictures_of(folder: str | Path, most: int = 64) -> list[np.ndarray]:
    """Returns the first pictures of a folder, in the order of their names.

    Raises:
        ValueError: If there is none, or one does not decode.
    """
    paths = sorted(path for path in Path(folder).glob("*") if path.is_file())
    if not paths:
        raise ValueError(f"A folder of pictures is expected. Received: {folder}")
    return [decode(path.read_bytes()) for path in paths[:most]]
