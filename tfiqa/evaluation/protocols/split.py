"""Each predictor on one split, with significance tests between every pair."""

import itertools
from collections.abc import Sequence

from tfiqa import metrics
from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.predictors import Predictor
from tfiqa.evaluation.protocols.base import Context
from tfiqa.evaluation.protocols.base import Protocol
from tfiqa.evaluation.protocols.base import on_each_database
from tfiqa.evaluation.request import ProtocolOptions
from tfiqa.evaluation.results import Compared
from tfiqa.evaluation.results import Significance

NAME = "split"


def _measure(
    context: Context, database: Database, predictors: Sequence[Predictor]
) -> None:
    results, split = context.results, context.options.split
    for predictor in context.untrained_on_split(predictors, NAME):
        with results.attempt(NAME, database.name, predictor.name):
            rows = database.parts[split]
            outcomes = context.split_outcomes(predictor, database, split)
            result = context.add_row(
                predictor, database, rows, outcomes, protocol=NAME, of=split
            )
            key = database.name, predictor.name
            results.compared[key] = Compared(result, outcomes, rows)
    compared = {
        method: entry
        for (dataset, method), entry in results.compared.items()
        if dataset == database.name
    }
    for first, second in itertools.combinations(compared, 2):
        with results.attempt("significance", database.name, f"{first} and {second}"):
            names = database.name, first, second
            pair = compared[first], compared[second]
            results.significance.append(significance(names, *pair, context.options))


def significance(
    names: tuple[str, str, str],
    first: Compared,
    second: Compared,
    options: ProtocolOptions,
) -> Significance:
    """Returns both tests on the images that both predictors scored.

    Args:
        names: Names of the database and of both predictors.
        first: Scores of the first predictor.
        second: Scores of the second one, of the same images.
        options: Seed and resamples of the bootstrap, and the logistic fit.

    Raises:
        ValueError: If there are fewer than two such images.
    """
    mos = first.result.mos.astype("float64")
    (q, r, y), _, _ = metrics.complete(
        first=first.outcomes.scores, second=second.outcomes.scores, mos=mos
    )
    if len(y) < 2:
        raise ValueError(
            f"Two or more images that both scored are expected. Received: {len(y)}"
        )
    try:
        residuals = metrics.compare_residuals(q, r, y, parameters=options.logistics[0])
    except ValueError:  # No fit: raw residuals in different units do not compare.
        residuals = None
    difference = metrics.compare_srocc(
        q, r, y, seed=options.seed, resamples=options.resamples
    )
    return Significance(*names, len(y), residuals, difference)


PROTOCOL = Protocol(
    NAME,
    "One part of each database, the official one if it exists.",
    on_each_database(NAME, _measure),
)
