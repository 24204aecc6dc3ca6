"""Scores that another tool wrote into a CSV file.

The file is UTF-8, with or without a byte-order mark; names may hold other bytes, as
paths do. It has a header with a column `image_id` or `path`, and a column of scores. A
score that is empty or `nan` is missing: it is NaN here, and results state how many are
missing.
"""

import csv
import dataclasses
import math
from collections import Counter
from collections.abc import Iterable
from collections.abc import Sequence
from pathlib import Path
from pathlib import PurePath

import numpy as np

from tfiqa.files.csv_rows import restored

NAMES = ("image_id", "path")
_SHOWN = 5


@dataclasses.dataclass(frozen=True)
class ScoreTable:
    """Scores by image.

    Attributes:
        path: Path of the file.
        names: Names of the images as in the file, each one once.
        scores: float64 `(n,)`, NaN where missing.
        by_path: Whether the names are paths.
    """

    path: Path
    names: tuple[str, ...]
    scores: np.ndarray
    by_path: bool

    @property
    def missing(self) -> int:
        """How many images have no score."""
        return int(np.count_nonzero(np.isnan(self.scores)))


def read_scores(
    path: Path, *, column: str = "score", id_column: str | None = None
) -> ScoreTable:
    """Returns the scores of a CSV file.

    Args:
        path: Path of the file.
        column: Name of the score column.
        id_column: Name of the column with the paths or ids of the images; one of
            `NAMES` by default.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If the file is not CSV, a column is missing, an image occurs twice,
            a score is not a number, a row has another number of cells than the header,
            or there are no rows. Names the line.
    """
    try:
        return _read(path, column, id_column)
    except (UnicodeError, csv.Error) as error:
        raise ValueError(
            f"A CSV file in UTF-8 is expected. Received: {path!s}: {error}"
        ) from error


def _read(path: Path, column: str, id_column: str | None) -> ScoreTable:
    # Paths need not be text: `tfiqa.score` writes them as they are.
    with open(path, encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        rows = csv.reader(file)
        header = [cell.strip() for cell in next(rows, [])]
        names = NAMES if id_column is None else (id_column,)
        key = next((name for name in names if name in header), None)
        if key is None or header.count(column) != 1:
            raise ValueError(
                f"A CSV file with a column {column!r} and one of {names} is expected. "
                f"Received: {path!s} with the columns {header}"
            )
        columns = header.index(key), header.index(column)
        names, scores = [], []
        for row in rows:
            if not row:
                continue
            location = f"{path!s}, line {rows.line_num}"
            if len(row) != len(header):
                raise ValueError(
                    f"{len(header)} cells per row are expected. Received: {len(row)} "
                    f"in {location}"
                )
            names.append(restored(row[columns[0]]))
            scores.append(_number(row[columns[1]], location))
    _check_names(names, path)
    return ScoreTable(Path(path), tuple(names), np.array(scores), key != "image_id")


def matched(
    table: ScoreTable, image_ids: Sequence[str], *, others: Iterable[str] = ()
) -> np.ndarray:
    """Returns the scores in the order of the images of a dataset.

    A path matches by all of it, or by its last parts if these are an `image_id`.

    Args:
        table: Result of `read_scores`.
        image_ids: Ids of the dataset, each one once.
        others: Ids of other datasets, which the table may contain too.

    Returns:
        float64 `(len(image_ids),)`, NaN where the table has no score.

    Raises:
        ValueError: If the table has images that no dataset has, or an image of the
            dataset twice, under two paths.
    """
    rows = {image_id: row for row, image_id in enumerate(image_ids)}
    elsewhere = set(others)
    scores, unknown, counts = np.full(len(rows), np.nan), [], Counter()
    for name, score in zip(table.names, table.scores, strict=True):
        endings = _endings(name, table.by_path)
        longest = next((e for e in endings if e in rows or e in elsewhere), None)
        if longest is None:
            unknown.append(name)
        elif longest in rows:
            counts[longest] += 1
            scores[rows[longest]] = score
    twice = [name for name, count in counts.items() if count > 1]
    for fault, wrong in (
        ("unknown to the dataset", unknown),
        ("under two paths", twice),
    ):
        if wrong:
            raise ValueError(
                f"Images of the dataset, each one once, are expected in "
                f"{table.path!s}. Received: {len(wrong)} {fault}, {_some(wrong)}"
            )
    return scores


def known(table: ScoreTable, image_ids: Iterable[str]) -> int:
    """Returns how many images of a dataset a table names, with or without a score."""
    ids = set(image_ids)
    return sum(
        not ids.isdisjoint(_endings(name, table.by_path)) for name in table.names
    )


def _number(cell: str, location: str) -> float:
    cell = cell.strip()
    if not cell:
        return math.nan
    try:
        score = float(cell)
    except ValueError:
        score = math.inf
    if math.isinf(score):
        raise ValueError(
            "Finite scores, or empty cells, are expected. "
            f"Received: {cell!r} in {location}"
        )
    return score


def _check_names(names: list[str], path: Path) -> None:
    if not names:
        raise ValueError(f"At least one row is expected. Received: {path!s} with none")
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(
            f"Each image once is expected. Received: {path!s} with {len(twice)} "
            f"more than once, {_some(twice)}"
        )


def _endings(name: str, by_path: bool) -> list[str]:
    """Returns the ids that a name may stand for, the longest first."""
    if not by_path:
        return [name]
    parts = PurePath(name).parts
    suffixes = ["/".join(parts[start:]) for start in range(len(parts))]
    stem = PurePath(name).stem
    return [name, *suffixes, stem]


def _some(names: list[str]) -> str:
    more = ", ..." if len(names) > _SHOWN else ""
    return f"{', '.join(map(repr, names[:_SHOWN]))}{more}"
