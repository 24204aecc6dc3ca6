"""Training on all of one database, testing on all of another.

An encoder gets a ridge regression on each database in turn, an eighth of its contents
as validation, and a method is trained on each. A scorer is measured on all databases
but its own. Databases differ in the unit of their MOS: SROCC and what comes after the
logistic fit compare.
"""

import itertools

from tfiqa.data import splits
from tfiqa.evaluation.cache import Outcomes
from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.predictors import ScorerPredictor
from tfiqa.evaluation.protocols.base import Context
from tfiqa.evaluation.protocols.base import Protocol
from tfiqa.evaluation.trained_predictors import RidgePredictor
from tfiqa.evaluation.trained_predictors import TrainedPredictor
from tfiqa.scoring.scorer import metadata

NAME = "cross_database"


def _measure(context: Context) -> None:
    for predictor in context.predictors:
        if isinstance(predictor, RidgePredictor | TrainedPredictor):
            _measure_training(context, predictor)
        elif isinstance(predictor, ScorerPredictor):
            with context.results.attempt(NAME, predictor.name):
                _measure_scorer(context, predictor)
        else:
            context.results.hint(f"{NAME}: {predictor.name} learns nothing: skipped.")


def _measure_training(
    context: Context, predictor: RidgePredictor | TrainedPredictor
) -> None:
    for train, test in itertools.permutations(context.databases, 2):
        where = NAME, f"{train.name} to {test.name}", predictor.name
        with context.results.attempt(*where):
            outcomes = _outcomes(predictor, train, test, context.options.split_seed)
            context.add_row(
                *(predictor, test, test.parts["all"], outcomes),
                protocol=NAME,
                of=f"trained on {train.name}",
            )


def _outcomes(
    predictor: RidgePredictor | TrainedPredictor,
    train: Database,
    test: Database,
    seed: int,
) -> Outcomes:
    """Returns the scores of all images of one database after training on another."""
    rows = test.parts["all"]
    if isinstance(predictor, TrainedPredictor):
        scorer = predictor.scorer(train, seed, of_all=True)
        return scorer.outcomes(test, rows, test.division, seed=seed)
    parts = splits.two_way(train.references, seed=seed)
    return predictor.fitted(train, *parts)(test, rows)


def _measure_scorer(context: Context, predictor: ScorerPredictor) -> None:
    facts = metadata(predictor.scorer(context.options.split_seed))
    origin = str(facts.get("dataset"))
    of_all = facts.get("learned_from") == "all"
    if not of_all:
        context.results.hint(
            f"{NAME}: {predictor.name} learned from {origin}, or from a part of it; "
            "--method trains on all of a database."
        )
    for test in context.databases:
        if test.name == origin:
            continue
        where = NAME, f"{origin} to {test.name}", predictor.name
        with context.results.attempt(*where):
            context.add_row(
                *(predictor, test, test.parts["all"]),
                context.split_outcomes(predictor, test, "all"),
                protocol=NAME,
                of=f"{'trained on' if of_all else 'learned from'} {origin}",
            )


PROTOCOL = Protocol(
    NAME,
    "Trained on all of one database, tested on all of another.",
    _measure,
)
