"""Rows of CSV that come back as they were, whatever is in their cells."""

import csv
import io
import os
from collections.abc import Iterable
from collections.abc import Iterator
from typing import IO
from typing import Any


def csv_line(cells: Iterable[Any]) -> str:
    r"""Returns one row of CSV, which ends in LF.

    Cells with a carriage return are quoted as those with a line feed are. Python's
    writer leaves them as they are unless its rows end in CR LF; then readers take what
    follows for another row.
    """
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().removesuffix("\r\n") + "\n"


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
