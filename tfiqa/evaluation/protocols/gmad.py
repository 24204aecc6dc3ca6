"""gMAD: pairs of images that two scorers choose against each other.

The images are versions of pristine images or, without these, a split of each database.
See `metrics.competition`.
"""

import functools
import itertools
from collections.abc import Sequence
from collections.abc import Sized

import numpy as np

from tfiqa.data.decode import decode
from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.distorted_pool import DistortedPool
from tfiqa.evaluation.distorted_pool import measured
from tfiqa.evaluation.predictors import Predictor
from tfiqa.evaluation.predictors import ScorerPredictor
from tfiqa.evaluation.protocols.base import Context
from tfiqa.evaluation.protocols.base import Protocol
from tfiqa.evaluation.protocols.base import scorers_and_tables
from tfiqa.evaluation.results import EvaluationResults
from tfiqa.evaluation.results import ReadImage
from tfiqa.evaluation.results import Row
from tfiqa.metrics.comparison import Figure
from tfiqa.metrics.competition import Pair
from tfiqa.metrics.competition import gmad
from tfiqa.scoring.calibration import interval
from tfiqa.scoring.calibration import is_calibrated

NAME = "gmad"
NAN = float("nan")


def _measure(context: Context) -> None:
    if context.pool is not None:
        _measure_pool(context, context.pool)
        return
    for database in context.databases:
        _measure_database(context, database)


def _measure_pool(context: Context, pool: DistortedPool) -> None:
    scorers = scorers_and_tables(context.predictors, NAME, pool, context.results)
    if not _enough(scorers, context.results):
        return
    values, kept, _ = measured(scorers, pool)
    scores = [(scorer, values[scorer.name].pool()) for scorer in scorers]
    _compete(context, pool.name, scores, functools.partial(pool.read, kept))


def _measure_database(context: Context, database: Database) -> None:
    split = context.options.split
    predictors = context.predictors_for(database)
    scores = []
    for predictor in context.untrained_on_split(predictors, NAME):
        with context.results.attempt(NAME, database.name, predictor.name):
            outcomes = context.split_outcomes(predictor, database, split)
            scores.append((predictor, outcomes.scores))
    if not _enough(scores, context.results):
        return
    rows = database.parts[split]

    def read(row: int) -> tuple[np.ndarray, str]:
        encoded = next(database.encoded(rows[row : row + 1]))
        return decode(encoded), str(database.image_ids[rows[row]])

    _compete(context, database.name, scores, read)


def _compete(
    context: Context,
    pool: str,
    scores: Sequence[tuple[Predictor, np.ndarray]],
    read: ReadImage,
) -> None:
    """Adds the competition of every pair of scorers.

    Args:
        context: Its results receive the rows.
        pool: Name of the images.
        scores: Predictors with their scores, one for each image, NaN where missing.
        read: Reads the image at a row.
    """
    results = context.results
    for pair in itertools.combinations(scores, 2):
        first, second = (predictor.name for predictor, _ in pair)
        with results.attempt(NAME, pool, f"{first} and {second}"):
            bounds = [_bound(predictor, values) for predictor, values in pair]
            competition = gmad(
                *(values for _, values in pair),
                levels=context.options.levels,
                bounds=(bounds[0], bounds[1]),
            )
            results.competitions[pool, first, second] = competition
            results.competition_images[pool, first, second] = read
            counts = competition.scored, competition.missing
            attack = f"{second} attacks {first}", competition.first_defends
            results.rows.append(_row(pool, *attack, *counts))
            attack = f"{first} attacks {second}", competition.second_defends
            results.rows.append(_row(pool, *attack, *counts))


def _bound(predictor: Predictor, scores: np.ndarray) -> float | None:
    """Returns the typical half width of the intervals of a scorer that has them."""
    if not isinstance(predictor, ScorerPredictor):
        return None
    scorer = predictor.scorer()
    if not is_calibrated(scorer):
        return None
    low, high = interval(scorer, scores)
    return float(np.nanmedian(high - low)) / 2


def _row(
    pool: str, attack: str, pairs: tuple[Pair, ...], scored: int, missing: int
) -> Row:
    """Returns the row of one scorer attacking another."""
    gaps = [pair.gap for pair in pairs]
    figures = {
        "mean gap": np.mean(gaps),
        "largest gap": np.max(gaps),
        "largest gap of the defender": max(pair.defended_gap for pair in pairs),
    }
    return Row(
        *(NAME, pool, attack, f"{len(gaps)} levels"),
        {name: Figure(float(gap), NAN, NAN) for name, gap in figures.items()},
        scored,
        {"not scored": missing} if missing else {},
        "gaps in standard deviations of the attacker or the defender, no interval",
    )


def _enough(scorers: Sized, results: EvaluationResults) -> bool:
    if len(scorers) < 2:
        results.hint(f"{NAME}: two or more scorers are needed.")
    return len(scorers) >= 2


PROTOCOL = Protocol(
    NAME,
    "Pairs of images that two scorers choose against each other.",
    _measure,
    needs=(),
)
