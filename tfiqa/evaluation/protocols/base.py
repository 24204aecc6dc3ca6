"""What a protocol is, what it works on, and the row of figures that most add."""

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

# What a protocol may need of a request.
DATASETS, PRISTINE, CACHE = "datasets", "pristine", "cache"
OTHER_UNIT = (
    "The scorer predicts {}, not {}: of the RMSE, only that after the logistic fit "
    "says something."
)


@dataclasses.dataclass(frozen=True)
class Context:
    """What a protocol works on.

    Attributes:
        predictors: What is measured.
        databases: What it is measured on.
        options: Options of the protocols.
        results: Rows, hints and errors are added to it.
        pool: Versions of pristine images, if there are any.
        trained_predictor: From a name, a method and the fields of its `Config` to a
            predictor that trains it.
    """

    predictors: Sequence[Predictor]
    databases: Sequence[Database]
    options: ProtocolOptions
    results: EvaluationResults
    pool: DistortedPool | None
    trained_predictor: Callable[[str, str, Mapping[str, object]], Predictor]

    def predictors_for(self, database: Database) -> list[Predictor]:
        """Returns all but tables with no image of it, where there are more databases.

        A table without an image of the only database is an error of its own later.
        """
        if len(self.databases) == 1:
            return list(self.predictors)
        usable = []
        for predictor in self.predictors:
            if isinstance(predictor, TablePredictor) and not predictor.has(database):
                hint = f"{predictor.name} has no picture of {database.name}: left out."
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
                    f"is left out on {split!r}."
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
            predictor: Whose scores they are.
            database: The images are of it.
            rows: Rows of the images, ascending, `(n,)`.
            outcomes: Scores of these images.
            protocol: Name of the protocol.
            of: Which images they are, for tables.

        Raises:
            ValueError: If not one image has a score.
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
        needs: Fields of a request that must be there, of `DATASETS`, `PRISTINE` and
            `CACHE`.
        divides: Whether it divides databases again, for each of the seeds from 0.
        measure: Adds what it measures to `context.results`. An error that it raises
            is noted there and ends no other protocol.
    """

    name: str
    summary: str
    measure: Callable[[Context], None]
    needs: tuple[str, ...] = (DATASETS,)
    divides: bool = False


def on_each_database(
    name: str, measure: Callable[[Context, Database, Sequence[Predictor]], None]
) -> Callable[[Context], None]:
    """Returns a `measure` that is called for each database; an error ends one only."""

    def measure_all(context: Context) -> None:
        for database in context.databases:
            predictors = context.predictors_for(database)
            with context.results.attempt(name, database.name):
                measure(context, database, predictors)

    return measure_all


def scorers_only(
    predictors: Sequence[Predictor], protocol: str, results: EvaluationResults
) -> list[ScorerPredictor]:
    """Returns the scorers that can be loaded; others become hints or errors."""
    scorers = []
    for predictor in predictors:
        if not isinstance(predictor, ScorerPredictor):
            results.hint(f"{protocol}: {predictor.name} is no scorer: left out.")
            continue
        with results.attempt(protocol, predictor.name):
            predictor.scorer()
            scorers.append(predictor)
    return scorers
