"""The protocol, its context, and the row of figures that most protocols add."""

import dataclasses
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np

from tfiqa.evaluation.cache import Outcomes
from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.distorted_pool import DistortedPool
from tfiqa.evaluation.predictors import Predictor
from tfiqa.evaluation.predictors import ScorerPredictor
from tfiqa.evaluation.predictors import TablePredictor
from tfiqa.evaluation.request import ProtocolOptions
from tfiqa.evaluation.results import EvaluationResults
from tfiqa.evaluation.results import Row
from tfiqa.metrics.comparison import Result
from tfiqa.metrics.comparison import compared

# Fields of a request that a protocol may need.
DATASETS, PRISTINE, CACHE = "datasets", "pristine", "cache"
OTHER_UNIT = (
    "The scorer predicts {}, not {}: among the RMSE figures, only the one after the "
    "logistic fit is meaningful."
)


@dataclasses.dataclass(frozen=True)
class Context:
    """The data that a protocol works on.

    Attributes:
        predictors: The predictors to measure.
        databases: The databases to measure on.
        options: Options of the protocols.
        results: Receives rows, hints and errors.
        pool: Versions of pristine images, if any.
        trained_predictor: Function from a name, a method and the fields of its `Config`
            to a predictor that trains the method.
    """

    predictors: Sequence[Predictor]
    databases: Sequence[Database]
    options: ProtocolOptions
    results: EvaluationResults
    pool: DistortedPool | None
    trained_predictor: Callable[[str, str, Mapping[str, object]], Predictor]

    def predictors_for(self, database: Database) -> list[Predictor]:
        """Returns all predictors, without tables that hold no image of the database.

        If there is only one database, no table is skipped: it raises an error later.
        """
        if len(self.databases) == 1:
            return list(self.predictors)
        usable = []
        for predictor in self.predictors:
            if isinstance(predictor, TablePredictor) and not predictor.has(database):
                hint = f"{predictor.name} has no image of {database.name}: skipped."
                self.results.hint(hint)
            else:
                usable.append(predictor)
        return usable

    def untrained_on_split(
        self, predictors: Sequence[Predictor], protocol: str
    ) -> list[Predictor]:
        """Returns the predictors that learn from no image of the chosen split."""
        split = self.options.split
        if split == "test":
            return list(predictors)
        for predictor in predictors:
            if predictor.trains:
                self.results.hint(
                    f"{protocol}: {predictor.name} learns from the training part: it "
                    f"is skipped on {split!r}."
                )
        return [predictor for predictor in predictors if not predictor.trains]

    def split_outcomes(
        self, predictor: Predictor, database: Database, split: str
    ) -> Outcomes:
        """Returns the scores of the images of a split, in the order of its rows."""
        rows = database.parts[split]
        seed = self.options.split_seed
        return predictor.outcomes(database, rows, database.division, seed=seed)

    def add_row(
        self,
        predictor: Predictor,
        database: Database,
        rows: np.ndarray,
        outcomes: Outcomes,
        *,
        protocol: str,
        of: str,
    ) -> Result:
        """Adds the figures of a predictor on some images; returns them.

        Args:
            predictor: The predictor.
            database: Database of the images.
            rows: Rows of the images, ascending, `(n,)`.
            outcomes: Scores of these images.
            protocol: Name of the protocol.
            of: Which images they are, for tables.

        Raises:
            ValueError: If no image has a score.
        """
        options = self.options
        result = compared(
            database.name,
            database.image_ids[rows].tolist(),
            database.mos[rows],
            outcomes.scores,
            statuses=outcomes.statuses,
            logistics=options.logistics,
            seed=options.seed,
            resamples=options.resamples,
        )
        hints = result.hints()
        if isinstance(predictor, ScorerPredictor):
            unit = predictor.other_unit(database, options.split_seed)
            if unit:
                hints.append(OTHER_UNIT.format(unit, database.source.unit))
        for hint in hints:
            self.results.hint(f"{protocol}, {database.name}, {predictor.name}: {hint}")
        self.results.rows.append(
            Row(
                *(protocol, database.name, predictor.name, of, result.figures),
                result.scored,
                result.failures,
                seeds=(options.split_seed,),
            )
        )
        return result


@dataclasses.dataclass(frozen=True)
class Protocol:
    """One protocol: a row of `PROTOCOLS`.

    Attributes:
        name: Its key.
        summary: One line for people.
        needs: Fields that a request must have, from `DATASETS`, `PRISTINE` and `CACHE`.
        divides: Whether it divides databases itself, for each of the seeds from 0.
        measure: Adds its measurements to `context.results`. An error that it raises is
            recorded there and stops no other protocol.
    """

    name: str
    summary: str
    measure: Callable[[Context], None]
    needs: tuple[str, ...] = (DATASETS,)
    divides: bool = False


def on_each_database(
    name: str, measure: Callable[[Context, Database, Sequence[Predictor]], None]
) -> Callable[[Context], None]:
    """Returns a `measure` that handles each database; an error stops only that one."""

    def measure_all(context: Context) -> None:
        for database in context.databases:
            predictors = context.predictors_for(database)
            with context.results.attempt(name, database.name):
                measure(context, database, predictors)

    return measure_all


def scorers_and_tables(
    predictors: Sequence[Predictor],
    protocol: str,
    pool: DistortedPool,
    results: EvaluationResults,
) -> list[ScorerPredictor | TablePredictor]:
    """Returns the scorers that can be loaded, and tables that name images of a pool."""
    names = set(pool.names())
    chosen: list[ScorerPredictor | TablePredictor] = []
    for predictor in predictors:
        if isinstance(predictor, TablePredictor):
            if predictor.names(names):
                chosen.append(predictor)
            else:
                hint = f"{protocol}: {predictor.name} has no image of {pool.name}"
                results.hint(f"{hint}: skipped.")
        else:
            chosen += scorers_only([predictor], protocol, results)
    return chosen


def scorers_only(
    predictors: Sequence[Predictor], protocol: str, results: EvaluationResults
) -> list[ScorerPredictor]:
    """Returns the scorers that can be loaded; the rest become hints or errors."""
    scorers = []
    for predictor in predictors:
        if not isinstance(predictor, ScorerPredictor):
            results.hint(f"{protocol}: {predictor.name} is not a scorer: skipped.")
            continue
        with results.attempt(protocol, predictor.name):
            predictor.scorer()
            scorers.append(predictor)
    return scorers
