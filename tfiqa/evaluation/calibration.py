"""Calibration of a scorer on images of a database that are new to it."""

import dataclasses
import os
from pathlib import Path

import keras
import numpy as np

from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.databases import open_database
from tfiqa.evaluation.predictors import ScorerPredictor
from tfiqa.evaluation.request import SPLITS
from tfiqa.metrics.conformal import coverages
from tfiqa.scoring.calibration import LAYER
from tfiqa.scoring.calibration import calibrated
from tfiqa.scoring.scorer import metadata


@dataclasses.dataclass(frozen=True)
class CalibrationRequest:
    """A scorer to calibrate.

    Attributes:
        model: The scorer: a `.keras` file, a preset or a loaded model.
        dataset: A prepared dataset, or an opened database.
        data_dir: Folder of prepared datasets; the default of TensorFlow Datasets if
            `None`.
        split: Images that the scorer has not learned from: one of `SPLITS`.
        split_seed: Seed of the division into splits.
        level: Share of the MOS that intervals cover, in (0, 1).
        seed: Seed of the division into halves, and of the divisions that measure
            coverage.
        divisions: Number of divisions that measure coverage; 0 for none.
        cache: Folder of scores, as in `EvaluationRequest`; `None` for no cache.

    Raises:
        ValueError: If `split` is unknown or `divisions` is negative.
    """

    model: str | os.PathLike[str] | keras.Model
    dataset: str | Database
    data_dir: str | os.PathLike[str] | None = None
    split: str = "test"
    split_seed: int = 0
    level: float = 0.9
    seed: int = 0
    divisions: int = 0
    cache: str | os.PathLike[str] | None = None

    def __post_init__(self):
        if self.split not in SPLITS:
            raise ValueError(
                f"`split` must be one of {', '.join(SPLITS)}. Received: {self.split!r}"
            )
        if self.divisions < 0:
            raise ValueError(
                f"`divisions` must be at least 0. Received: {self.divisions}"
            )


@dataclasses.dataclass(frozen=True)
class CalibrationResult:
    """A calibrated scorer.

    Attributes:
        scorer: Scores from 0 to 100 with intervals; shares its weights with the
            original.
        coverages: Share of the MOS that intervals cover, for each division; `None` if
            not measured.
        not_covered: Why coverage could not be measured; empty if it was, or was not
            requested.
    """

    scorer: keras.Model
    coverages: np.ndarray | None = None
    not_covered: str = ""

    def lines(self) -> list[str]:
        """Returns a summary for people."""
        facts = metadata(self.scorer)["calibration"]
        widths = self.scorer.get_layer(LAYER).widths
        lines = [
            f"{facts['fitted']} images fitted the map, {facts['conformal']} the "
            f"intervals; {facts['missing']} had no score.",
            f"Intervals of {facts['level']:.0%}: half widths of {min(widths):.1f} to "
            f"{max(widths):.1f} of 100.",
        ]
        if self.not_covered:
            lines.append(f"Coverage is not measured: {self.not_covered}")
        if self.coverages is not None:
            lines.append(_coverage_line(self.coverages))
        return lines


def calibrate_request(request: CalibrationRequest) -> CalibrationResult:
    """Maps a scorer to the scale from 0 to 100, each score with an interval.

    Half of the images fit the map; the others fit the widths of the intervals (split
    conformal). Judge the calibrated scorer on other images than these.

    Raises:
        OSError: If a file or the dataset is missing.
        ValueError: If there are too few images, or the scorer is calibrated already.
    """
    database = request.dataset
    if isinstance(database, str):
        database = open_database(
            database, data_dir=request.data_dir, split_seed=request.split_seed
        )
    predictor = _predictor(request)
    rows = database.parts[request.split]
    outcomes = predictor.outcomes(
        database, rows, database.division, seed=request.split_seed
    )
    worst, best = database.source.description()["mos_range"]
    mos, mos_range = database.mos[rows], (float(worst), float(best))
    options = {"mos_range": mos_range, "level": request.level, "seed": request.seed}
    scorer = calibrated(
        predictor.scorer(), outcomes.scores, mos, dataset=database.name, **options
    )
    if not request.divisions:
        return CalibrationResult(scorer)
    try:
        shares = coverages(outcomes.scores, mos, divisions=request.divisions, **options)
    except ValueError as error:  # Half of the images are too few to calibrate on.
        return CalibrationResult(scorer, not_covered=str(error))
    return CalibrationResult(scorer, shares)


def _predictor(request: CalibrationRequest) -> ScorerPredictor:
    model, cache = request.model, request.cache
    if not isinstance(model, str | os.PathLike):
        name = str(model.name)
        return ScorerPredictor(name, name, seed=request.split_seed, model=model)
    return ScorerPredictor(
        "calibrated",
        os.fspath(model),
        None if cache is None else Path(cache),
        seed=request.split_seed,
    )


def _coverage_line(shares: np.ndarray) -> str:
    low, high = np.quantile(shares, [0.05, 0.95])
    return (
        f"Coverage of other halves, {len(shares)} divisions: mean {shares.mean():.1%}, "
        f"deviation {shares.std():.1%}, 5 to 95 %: {low:.1%} to {high:.1%}."
    )
