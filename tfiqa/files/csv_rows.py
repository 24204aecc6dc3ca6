"""Rows of CSV that are read back exactly as written, whatever their cells contain."""

import csv
import io
import os
from collections.abc import Iterable
from collections.abc import Iterator
from typing import IO
from typing import Any

# A spreadsheet runs cells that begin with one of these.
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def csv_line(cells: Iterable[Any]) -> str:
    r"""Returns one row of CSV, which ends in LF.

    Cells with a carriage return are quoted, like those with a line feed. Python's
    writer quotes them only if its rows end in CR LF; unquoted, readers take the rest of
    such a cell for another row.
    """
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().removesuffix("\r\n") + "\n"


def harmless(text: str) -> str:
    """Returns a text cell that no spreadsheet runs as a formula.

    Text that begins like a formula gets an apostrophe in front; `restored` removes it.
    Call it for text only, such as names from other people: numbers stay numbers.

    >>> harmless("=1+1"), harmless("a=1")
    ("'=1+1", 'a=1')
    """
    return f"'{text}" if text.startswith(FORMULAS) else text


def restored(cell: str) -> str:
    """Returns the text that `harmless` turned into a cell."""
    is_escaped = cell.startswith("'") and cell[1:].startswith(FORMULAS)
    return cell[1:] if is_escaped else cell


def csv_text(rows: Iterable[Iterable[Any]]) -> str:
    """Returns rows of CSV as one text; see `csv_line`."""
    return "".join(map(csv_line, rows))


def open_csv(path: str | os.PathLike[str], mode: str = "r") -> IO[str]:
    """Opens a CSV file for any text, including paths that are not UTF-8."""
    return open(path, mode, newline="", encoding="utf-8", errors="surrogateescape")


def read_csv(path: str | os.PathLike[str]) -> Iterator[dict[str, str]]:
    """Yields the rows of a CSV file as dicts, by column name."""
    with open_csv(path) as file:
        yield from csv.DictReader(file)
