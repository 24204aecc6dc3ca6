"""Selection of rows: by a condition, by rank, in the order of a column."""

import heapq
import itertools
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any
from typing import TypeVar

from tfiqa.decisions.columns import kinds_of
from tfiqa.decisions.columns import values_of
from tfiqa.decisions.expression import Expression

Row = TypeVar("Row")


def select(
    rows: Iterable[Row],
    *,
    where: str | Expression | None = None,
    sort: str | None = None,
    top: int | None = None,
    bottom: int | None = None,
) -> Iterator[Row]:
    """Yields the rows that pass, in order.

    Without `sort`, `top` and `bottom`, rows are yielded in input order; none is kept.
    `top` and `bottom` keep as many rows as they yield; `sort` alone keeps all.

    Args:
        rows: Rows of `tfiqa.score_files`, or mappings with the same keys.
        where: A condition on the columns, such as `"score < 40 and width >= 1024"`; see
            `expression`.
        sort: A column; ascending, or descending after a `-`. Rows without a value are
            last.
        top: Number of rows with the highest scores, best first unless sorted.
        bottom: Number of rows with the lowest scores, worst first unless sorted.

    Raises:
        ValueError: If `top` and `bottom` are both set or not positive, or the column
            does not exist.
        ExpressionError: A `ValueError`, if the condition is invalid.

    Example:
        >>> rows = tfiqa.score_files("photos/")
        >>> for row in tfiqa.decisions.select(rows, where="width < 1024", bottom=2):
        ...     print(row.path, row.score)
    """
    if top is not None and bottom is not None:
        raise ValueError(
            f"top or bottom is expected. Received: top={top}, bottom={bottom}"
        )
    for name, count in (("top", top), ("bottom", bottom)):
        if count is not None and count < 1:
            raise ValueError(f"1 or more is expected. Received: {name}={count}")
    rows = iter(rows)
    if where is not None:
        rows = _passing(rows, where)
    if top is not None:
        rows = _ranked(rows, top, heapq.nlargest)
    if bottom is not None:
        rows = _ranked(rows, bottom, heapq.nsmallest)
    return rows if sort is None else _sorted(rows, sort)


def _passing(rows: Iterator[Row], where: str | Expression) -> Iterator[Row]:
    first = next(rows, None)
    if first is None:
        return iter(())
    if isinstance(where, str):
        where = Expression(where, kinds_of(values_of(first)))
    condition = where
    return (row for row in itertools.chain([first], rows) if condition(values_of(row)))


def _ranked(rows: Iterator[Row], count: int, ranked: Callable) -> Iterator[Row]:
    scored = (row for row in rows if values_of(row)["score"] is not None)
    yield from ranked(count, scored, key=lambda row: values_of(row)["score"])


def _sorted(rows: Iterator[Row], sort: str) -> Iterator[Row]:
    column, descending = sort.removeprefix("-"), sort.startswith("-")
    present: list[Row] = []
    missing: list[Row] = []
    for row in rows:
        values = values_of(row)
        if column not in values:
            raise ValueError(unknown_column(column, values))
        (missing if values[column] is None else present).append(row)

    def key(row: Any) -> Any:
        return values_of(row)[column]

    present.sort(key=key, reverse=descending)
    yield from present
    yield from missing


def unknown_column(column: str, columns: Iterable[str]) -> str:
    """Returns the message about a column that does not exist."""
    return f"One of {', '.join(columns)} is expected. Received: {column!r}"
