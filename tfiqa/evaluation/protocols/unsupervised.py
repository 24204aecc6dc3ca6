"""All images, for predictors that learn from no score."""

from collections.abc import Sequence

from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.predictors import Predictor
from tfiqa.evaluation.protocols.base import Context
from tfiqa.evaluation.protocols.base import Protocol
from tfiqa.evaluation.protocols.base import on_each_database

NAME = "unsupervised"


def _measure(
    context: Context, database: Database, predictors: Sequence[Predictor]
) -> None:
    for predictor in predictors:
        if predictor.trains:
            hint = f"{NAME}: {predictor.name} learns from scores: skipped."
            context.results.hint(hint)
            continue
        with context.results.attempt(NAME, database.name, predictor.name):
            outcomes = context.split_outcomes(predictor, database, "all")
            rows = database.parts["all"]
            context.add_row(
                predictor, database, rows, outcomes, protocol=NAME, of="all"
            )


PROTOCOL = Protocol(
    NAME,
    "All images of each database, for predictors that learn from no score.",
    on_each_database(NAME, _measure),
)
