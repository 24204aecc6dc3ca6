"""Repeated divisions by content: medians, and ranges over the divisions."""

import dataclasses
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


@dataclasses.dataclass(frozen=True)
class Round:
    """One training and its test.

    Attributes:
        number: Number of the round, a seed.
        split_seed: Seed of the division.
        division: Training, validation and test rows.
        predictor: The predictor to train and test.
    """

    number: int
    split_seed: int
    division: Division
    predictor: Predictor


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
        rounds, of = rounds_for(context, database, predictor, protocol)
        repeats, failures = _repeats(context, database, rounds, where)
        if not repeats.repeats:
            continue
        for hint in repeats.hints():
            context.results.hint(f"{', '.join(where)}: {hint}")
        spreads = {name: repeats.spread(name) for name in repeats.repeats[0].figures}
        context.results.rows.append(
            Row(
                *(*where, of.format(len(repeats.repeats))),
                {k: Figure(s.median, s.low, s.high) for k, s in spreads.items()},
                sum(repeat.scored for repeat in repeats.repeats),
                failures,
                RANGE,
                tuple(repeat.seed for repeat in repeats.repeats),
            )
        )


def rounds_for(
    context: Context, database: Database, predictor: Predictor, protocol: str
) -> tuple[list[Round], str]:
    """Returns the trainings and tests, and the text that names them in tables.

    Adds a hint if they are not as one may expect.
    """
    options = context.options
    if database.official:
        context.results.hint(
            f"{protocol}: {database.name} has an official division, used once; "
            "--divisions random draws divisions by content instead."
        )
        return _official_rounds(context, database, predictor)
    if not predictor.trains and not getattr(predictor, "of_each_division", False):
        context.results.hint(
            f"{protocol}: {predictor.name} is one scorer for all divisions, which "
            "is meaningful only if it learned from none of their images."
        )
    divisions = content_divisions(database.references, seeds=options.seeds)
    rounds = [Round(seed, seed, rows, predictor) for seed, rows in divisions.items()]
    return rounds, "median of {}"


def _official_rounds(
    context: Context, database: Database, predictor: Predictor
) -> tuple[list[Round], str]:
    """Returns one round on the official parts, or one for each seed of training."""
    options = context.options
    seed, division = options.split_seed, database.division
    if options.official_seeds == 1 or not isinstance(predictor, TrainedPredictor):
        return [Round(seed, seed, division, predictor)], "official division"
    rounds = [
        Round(
            number,
            seed,
            division,
            dataclasses.replace(
                predictor, arguments=(*predictor.arguments, f"--seed={number}")
            ),
        )
        for number in range(options.official_seeds)
    ]
    return rounds, "official division, median of {} seeds of training"


def _repeats(
    context: Context,
    database: Database,
    rounds: Sequence[Round],
    where: tuple[str, ...],
) -> tuple[Repeats, dict[str, int]]:
    repeats, failures = [], {}
    for one in rounds:
        with context.results.attempt(*where, f"division {one.number}"):
            test = one.division[2]
            outcomes = one.predictor.outcomes(
                database, test, one.division, seed=one.split_seed
            )
            repeat = repeated(
                lambda *_, scores=outcomes.scores: lambda rows: scores,
                database.mos,
                {one.number: one.division},
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
