"""Repeated divisions by content: medians, and ranges over the divisions."""

from collections.abc import Mapping
from collections.abc import Sequence

from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.divisions import Division
from tfiqa.evaluation.divisions import Repeats
from tfiqa.evaluation.divisions import content_divisions
from tfiqa.evaluation.divisions import repeated
from tfiqa.evaluation.predictors import Predictor
from tfiqa.evaluation.protocols.base import Context
from tfiqa.evaluation.protocols.base import Protocol
from tfiqa.evaluation.protocols.base import on_each_database
from tfiqa.evaluation.results import RANGE
from tfiqa.evaluation.results import Row
from tfiqa.evaluation.trained_predictors import TrainedPredictor
from tfiqa.metrics.comparison import Figure

NAME = "repeats"


def measure_repeats(
    context: Context,
    database: Database,
    predictors: Sequence[Predictor],
    *,
    protocol: str = NAME,
) -> None:
    """Trains and tests on divisions of a database; adds a row for each predictor.

    Args:
        context: Its results receive the rows, under the name `protocol`.
        database: The database to divide.
        predictors: The predictors to train and test.
        protocol: Name of the protocol.
    """
    for predictor in predictors:
        where = protocol, database.name, predictor.name
        divisions = divisions_for(context, database, predictor, protocol)
        repeats, failures = _repeats(context, database, predictor, divisions, where)
        if not repeats.repeats:
            continue
        for hint in repeats.hints():
            context.results.hint(f"{', '.join(where)}: {hint}")
        spreads = {name: repeats.spread(name) for name in repeats.repeats[0].figures}
        context.results.rows.append(
            Row(
                *(*where, f"median of {len(repeats.repeats)}"),
                {k: Figure(s.median, s.low, s.high) for k, s in spreads.items()},
                sum(repeat.scored for repeat in repeats.repeats),
                failures,
                RANGE,
                tuple(repeat.seed for repeat in repeats.repeats),
            )
        )


def divisions_for(
    context: Context, database: Database, predictor: Predictor, protocol: str
) -> Mapping[int, Division]:
    """Returns the divisions by seed; adds a hint if they are not as one may expect."""
    seeds = context.options.seeds
    if isinstance(predictor, TrainedPredictor) and database.official:
        context.results.hint(
            f"{protocol}: {predictor.name} is trained and tested on the official "
            f"parts of {database.name} in every repeat."
        )
        return dict.fromkeys(seeds, database.division)
    if not predictor.trains and not getattr(predictor, "of_each_division", False):
        context.results.hint(
            f"{protocol}: {predictor.name} is one scorer for all divisions, which "
            "is meaningful only if it learned from none of their images."
        )
    return content_divisions(database.references, seeds=seeds)


def _repeats(
    context: Context,
    database: Database,
    predictor: Predictor,
    divisions: Mapping[int, Division],
    where: tuple[str, ...],
) -> tuple[Repeats, dict[str, int]]:
    repeats, failures = [], {}
    for seed, division in divisions.items():
        with context.results.attempt(*where, f"division {seed}"):
            outcomes = predictor.outcomes(database, division[2], division, seed=seed)
            repeat = repeated(
                lambda *_, scores=outcomes.scores: lambda rows: scores,
                database.mos,
                {seed: division},
                logistics=context.options.logistics,
            )
            repeats += repeat.repeats
            for status, count in outcomes.failures.items():
                failures[status] = failures.get(status, 0) + count
    return Repeats(tuple(repeats)), failures


PROTOCOL = Protocol(
    NAME,
    "Repeated divisions by content: medians and ranges.",
    on_each_database(NAME, measure_repeats),
    divides=True,
)
