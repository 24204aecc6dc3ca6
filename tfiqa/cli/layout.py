"""The columns of rows of scores: their order, and which of them are numbers."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

COLUMNS = ("path", "score", "status", "width", "height", "covered")
ENDS = ("low", "high")  # The interval of a score.
FINDINGS = ("distortion", "distortion_group", "probability")  # What is wrong.
GROUPING = ("group", "choice")  # The burst, and what to keep of it.
REMARKS = ("reason", "notes")  # The last columns.

_INTEGERS = ("width", "height", "group")
_NUMBERS = (*_INTEGERS, "score", "covered", "low", "high", "probability")

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Layout:
    """The columns of rows.

    Attributes:
        intervals: Whether rows have `ENDS`.
        explained: Whether rows have `FINDINGS`.
        others: Names of further scorers, each with a score and a status.
        grouped: Whether rows have `GROUPING`.
    """

    intervals: bool = False
    explained: bool = False
    others: tuple[str, ...] = ()
    grouped: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns, in order."""
        scores = (column for name in self.others for column in columns_of(name))
        return (
            *COLUMNS,
            *(ENDS if self.intervals else ()),
            *(FINDINGS if self.explained else ()),
            *scores,
            *(GROUPING if self.grouped else ()),
            *REMARKS,
        )

    @property
    def ungrouped(self) -> "Layout":
        """The same without `GROUPING`: the layout of rows as they are scored."""
        return dataclasses.replace(self, grouped=False)

    def is_complete(self, row: Row) -> bool:
        """Returns whether every scorer has scored an image."""
        columns = ("status", *(columns_of(name)[1] for name in self.others))
        return all(row[column] == "ok" for column in columns)


def columns_of(scorer: str) -> tuple[str, str]:
    """Returns the columns of a further scorer: its score and its status."""
    return f"score_{scorer}", f"status_{scorer}"


def is_number(column: str) -> bool:
    """Returns whether the values of a column are numbers, not texts."""
    return column in _NUMBERS or column.startswith("score_")


def typed(cells: Mapping[str, str]) -> Row:
    """Returns the values of a row from its cells of CSV.

    Empty cells of numbers are missing values.
    """
    return {column: _value(column, cell) for column, cell in cells.items()}


def _value(column: str, cell: str) -> Any:
    if not is_number(column):
        return cell
    if not cell:
        return None
    return int(cell) if column in _INTEGERS else float(cell)
