"""How well a method does with few labels: SROCC against their number.

For each seed, the test part is the same for all numbers of labels. The labeled images
are drawn from the rest; smaller draws are part of larger ones. They are divided by
content again, because labels that choose hyperparameters count as labels, too.
"""

import dataclasses
from collections.abc import Iterable
from collections.abc import Sequence

import numpy as np

from tfiqa import metrics
from tfiqa.data import splits
from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.divisions import Fit
from tfiqa.evaluation.divisions import predicted
from tfiqa.evaluation.predictors import Predictor
from tfiqa.evaluation.protocols.base import Context
from tfiqa.evaluation.protocols.base import Protocol
from tfiqa.evaluation.protocols.base import on_each_database
from tfiqa.evaluation.results import RANGE
from tfiqa.evaluation.results import Row
from tfiqa.evaluation.trained_predictors import RidgePredictor
from tfiqa.metrics.comparison import Figure

NAME = "label_efficiency"
COUNTS = (25, 50, 100, 200, 400, 800, 1600, 3200)


@dataclasses.dataclass(frozen=True)
class Curve:
    """SROCC by number of labels.

    Attributes:
        counts: Numbers of labels, training and validation together, ascending.
        seeds: Seeds of the divisions.
        sroccs: `(counts, seeds)`.
        scored: Number of test images with a prediction, `(counts, seeds)`.
        missing: Number of test images without one, `(counts, seeds)`.
    """

    counts: tuple[int, ...]
    seeds: tuple[int, ...]
    sroccs: np.ndarray
    scored: np.ndarray
    missing: np.ndarray

    @property
    def medians(self) -> np.ndarray:
        """Median over the seeds, `(counts,)`."""
        return np.median(self.sroccs, axis=1)


def label_efficiency(
    fit: Fit,
    mos: np.ndarray,
    references: Sequence[str] | np.ndarray,
    *,
    counts: Sequence[int],
    seeds: Iterable[int] = splits.SEEDS,
) -> Curve:
    """Trains on increasing numbers of labels and tests on the same images.

    Args:
        fit: See `evaluation.divisions`.
        mos: `(n,)`, higher is better.
        references: Content of each image.
        counts: Numbers of labels. 1/8 of their contents validate, the rest train.
        seeds: Seeds of the divisions and of the draws.

    Raises:
        ValueError: If a count exceeds the images outside the test part, or is too small
            to contain two contents.
    """
    mos, contents = np.asarray(mos, "float64"), np.asarray(references, np.str_)
    counts, seeds = tuple(sorted(set(counts))), tuple(seeds)
    sroccs = np.empty((len(counts), len(seeds)))
    scored, missing = np.zeros((2, *sroccs.shape), int)
    for column, seed in enumerate(seeds):
        train, validation, test = splits.three_way(contents, seed=seed)
        pool = np.concatenate([train, validation])
        _check(counts, len(pool))
        order = np.random.default_rng([seed, len(pool)]).permutation(np.sort(pool))
        for row, count in enumerate(counts):
            labeled = np.sort(order[:count])
            kept, held_out = splits.two_way(contents[labeled], seed=seed)
            predict = fit(labeled[kept], labeled[held_out])
            predictions = predicted(predict, test)
            (q, y), _, absent = metrics.complete(predictions=predictions, mos=mos[test])
            sroccs[row, column] = metrics.srocc(q, y)
            scored[row, column], missing[row, column] = len(q), absent
    return Curve(counts, seeds, sroccs, scored, missing)


def _check(counts: tuple[int, ...], available: int) -> None:
    if not counts or counts[0] < 2 or counts[-1] > available:
        raise ValueError(
            f"`counts` from 2 to {available}, the images outside the test part, are "
            f"expected. Received: counts={counts}"
        )


def _measure(
    context: Context, database: Database, predictors: Sequence[Predictor]
) -> None:
    most = int(0.75 * len(database.mos))
    default = tuple(count for count in COUNTS if count <= most)
    counts = tuple(context.options.labels) or default
    for predictor in predictors:
        if not isinstance(predictor, RidgePredictor):
            context.results.hint(
                f"{NAME}: {predictor.name} is not an --encoder: skipped."
            )
            continue
        with context.results.attempt(NAME, database.name, predictor.name):
            _add_curve(context, database, predictor, counts)


def _add_curve(
    context: Context,
    database: Database,
    predictor: RidgePredictor,
    counts: tuple[int, ...],
) -> None:
    def fit(train, validation):
        predict = predictor.fitted(database, train, validation)
        return lambda rows: predict(database, rows).scores

    seeds = context.options.seeds
    curve = label_efficiency(
        fit, database.mos, database.references, counts=counts, seeds=seeds
    )
    curves = context.results.curves.setdefault(database.name, {})
    curves[predictor.name] = np.array(curve.counts), curve.sroccs
    columns = curve.counts, curve.sroccs, curve.scored, curve.missing
    for count, sroccs, scored, missing in zip(*columns, strict=True):
        ends = float(np.median(sroccs)), float(sroccs.min()), float(sroccs.max())
        context.results.rows.append(
            Row(
                *(NAME, database.name, predictor.name, f"{count} labels"),
                {"SROCC": Figure(*ends)},
                int(scored.sum()),
                {"not scored": int(missing.sum())} if missing.sum() else {},
                RANGE,
                curve.seeds,
            )
        )


PROTOCOL = Protocol(
    NAME,
    "SROCC against the number of labels, of ridge regression on features.",
    on_each_database(NAME, _measure),
)
