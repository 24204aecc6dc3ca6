"""Training on one database and testing on the whole of another.

All of the first is learned from, an eighth of its contents as validation, and nothing
is fitted on the second but the logistic of the figures that say so. Databases differ in
the unit of their MOS: SROCC and what comes after the logistic fit compare.
"""

import dataclasses
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np

from tfiqa.data import splits
from tfiqa.metrics.bootstrap import RESAMPLES
from tfiqa.metrics.comparison import Result
from tfiqa.metrics.comparison import compared

# From the name of another database to a prediction for each of its pictures.
PredictAll = Callable[[str], np.ndarray]
# From the name of a database, training and validation rows.
FitOn = Callable[[str, np.ndarray, np.ndarray], PredictAll]


@dataclasses.dataclass(frozen=True)
class Database:
    """What is known of the pictures of a database.

    Attributes:
        image_ids: One per picture.
        mos: `(n,)`, higher is better.
        references: Content of each picture.
    """

    image_ids: Sequence[str]
    mos: np.ndarray
    references: Sequence[str]


def cross_database(
    fit: FitOn,
    databases: Mapping[str, Database],
    *,
    pairs: Sequence[tuple[str, str]] | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> dict[tuple[str, str], Result]:
    """Trains on each first and tests on each second database of the pairs.

    Args:
        fit: From the name of a database, training rows and validation rows to the
            function that predicts all pictures of the database it is given the name
            of. It is called once for each database.
        databases: By name.
        pairs: Names of training and test databases; all that differ by default.
        seed: Of validation inside of training, and of the bootstrap.
        resamples: Of the bootstrap.

    Returns:
        By (trained on, tested on), in the order of the pairs.

    Raises:
        ValueError: If a pair names an unknown database, or one twice.
    """
    if pairs is None:
        pairs = [(a, b) for a in databases for b in databases if a != b]
    for pair in pairs:
        if not set(pair) <= set(databases) or len(set(pair)) != 2:
            raise ValueError(
                f"Pairs of two of {sorted(databases)} are expected. Received: {pair}"
            )
    found = {}
    for trained in dict.fromkeys(first for first, _ in pairs):
        train, validation = splits.two_way(databases[trained].references, seed=seed)
        predict = fit(trained, train, validation)
        for tested in (second for first, second in pairs if first == trained):
            other = databases[tested]
            found[trained, tested] = compared(
                tested,
                other.image_ids,
                np.asarray(other.mos),
                np.asarray(predict(tested), "float64"),
                seed=seed,
                resamples=resamples,
            )
    return {pair: found[pair] for pair in pairs}


def table(results: Mapping[tuple[str, str], Result], name: str = "SROCC") -> list[str]:
    """Returns the lines of a table: trained on down, tested on across.

    Args:
        results: Of `cross_database`.
        name: Of the figure; `-` where a pair was not measured.
    """
    rows = list(dict.fromkeys(first for first, _ in results))
    columns = list(dict.fromkeys(second for _, second in results))
    width = max(8, *map(len, columns))
    first = max(map(len, rows))
    lines = [
        f"{name:{max(first, len(name))}} " + " ".join(f"{c:>{width}}" for c in columns)
    ]
    for row in rows:
        cells = []
        for column in columns:
            known = (row, column) in results
            value = results[row, column].figures[name].value if known else None
            cells.append(f"{'-' if value is None else f'{value:.3f}':>{width}}")
        lines.append(f"{row:{max(first, len(name))}} " + " ".join(cells))
    return lines
