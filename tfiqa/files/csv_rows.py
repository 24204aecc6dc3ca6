"""Rows of CSV that come back as they were, whatever is in their cells."""

import csv
import io
import os
from collections.abc import Iterable
from collections.abc import Iterator
from typing import IO
from typing import Any

# With these, what a spreadsheet runs begins.
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def csv_line(cells: Iterable[Any]) -> str:
    r"""Returns one row of CSV, which ends in LF.

    Cells with a carriage return are quoted as those with a line feed are. Python's
    writer leaves them as they are unless its rows end in CR LF; then readers take what
    follows for another row.
    """
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().removesuffix("\r\n") + "\n"


def harmless(text: str) -> str:
    """Returns a text cell that no spreadsheet runs as a formula.

    What begins as a formula gets an apostrophe in front; `restored` removes it. Numbers
    stay numbers: give text only, such as names that come from others.

    >>> harmless("=1+1"), harmless("a=1")
    ("'=1+1", 'a=1')
    """
    return f"'{text}" if text.startswith(FORMULAS) else text


def restored(cell: str) -> str:
    """Returns the text of which `harmless` made a cell."""
    is_escaped = cell.startswith("'") and cell[1:].startswith(FORMULAS)
    return cell[1:] if is_escaped else cell


def csv_text(rows: Iterable[Iterable[Any]]) -> str:
    """Returns rows of CSV as one text; see `csv_line`."""
    return "".join(map(csv_line, rows))


def open_csv(path: str | os.PathLike[str], mode: str = "r") -> IO[str]:
    """Opens a CSV file for rows of any text, paths that are no UTF-8 among it."""
    return open(path, mode, newline="", encoding="utf-8", errors="surrogateescape")


def read_csv(path: str | os.PathLike[str]) -> Iterator[dict[str, str]]:
    """Yields the rows of a CSV file by the names of its columns."""
    with open_csv(path) as file:
        yield from csv.DictReader(file)
