"""Tables of scores: CSV files, spreadsheets, MATLAB files, lists of words.

Cells come as they are stored; `number` turns them into numbers.
"""

import contextlib
import csv
import importlib
import math
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io


def read_csv(path: Path, columns: Iterable[str]) -> list[dict[str, str]]:
    """Returns the rows of a table, empty ones left out.

    Args:
        path: Comma-separated, UTF-8 (with or without a byte-order mark), any line ends.
        columns: Those that must be there. Rows that are cut short have empty cells.

    Raises:
        ValueError: If it is no such table, a column is missing, or there is no row.
    """
    columns = list(columns)
    empty = dict.fromkeys(columns, "")
    with _told(path), path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file, skipinitialspace=True)
        header = [name.strip() for name in next(reader, [])]
        cells = [[cell.strip() for cell in row] for row in reader]
    rows = [empty | dict(zip(header, row, strict=False)) for row in cells if any(row)]
    missing = [column for column in columns if column not in header]
    if missing:
        raise ValueError(
            f"The columns {columns} are expected in {path.name}. Received: "
            f"{list(filter(None, header)) or 'none'}"
        )
    if not rows:
        raise ValueError(f"Rows are expected in {path}. Received: the header alone")
    return rows


def number(cell: Any) -> float:
    """Returns what a cell says, NaN if that is no number."""
    try:
        return math.nan if cell in (None, "") else float(cell)
    except (TypeError, ValueError):
        return math.nan


def read_sheet(
    path: Path, columns: Iterable[str], *, sheet: str | None = None
) -> list[dict[str, Any]]:
    """Returns the rows of a spreadsheet below its header.

    The header is the first row that holds all `columns`, whatever lies above it.

    Args:
        path: A file `.xlsx` or `.xls`.
        columns: Those that must be there.
        sheet: Name of the sheet; the first one when None.

    Raises:
        ValueError: If sheet or columns are missing, or there is no row.
        ModuleNotFoundError: If the package that reads such files is not installed.
    """
    columns = list(columns)
    rows = [[_stripped(cell) for cell in row] for row in sheet_rows(path, sheet=sheet)]
    rows = [row for row in rows if any(cell is not None for cell in row)]
    headers = [place for place, row in enumerate(rows) if set(columns) <= set(row)]
    if not headers:
        first = [cell for cell in rows[0] if cell is not None] if rows else []
        raise ValueError(
            f"The columns {columns} are expected in {path.name}. Received: "
            f"{first[:10] or 'none'}"
        )
    header, *below = rows[headers[0] :]
    found = [dict(zip(header, row, strict=False)) for row in below]
    if not found:
        raise ValueError(f"Rows are expected in {path}. Received: the header alone")
    return found


def sheet_rows(path: Path, *, sheet: str | None = None) -> list[tuple[Any, ...]]:
    """Returns all rows of a sheet, the values of formulas included.

    Raises:
        ValueError: If it is no spreadsheet, or there is no such sheet.
        ModuleNotFoundError: If the package that reads such files is not installed.
    """
    if path.suffix.lower() == ".xls":
        package = _package("xlrd", path)
        with _told(path):
            book = package.open_workbook(path)
        chosen = book.sheet_by_name(_known(sheet, book.sheet_names(), path))
        return [tuple(chosen.row_values(row)) for row in range(chosen.nrows)]
    package = _package("openpyxl", path)
    with _told(path):
        book = package.load_workbook(path, read_only=True, data_only=True)
    try:
        chosen = book[_known(sheet, book.sheetnames, path)]
        with _told(path):
            return list(chosen.iter_rows(values_only=True))
    finally:
        book.close()


def read_mat(path: Path, key: str) -> list[Any]:
    """Returns a MATLAB vector, or cell array of strings, whichever way it lies.

    Raises:
        ValueError: If it is no MATLAB file, or there is no such variable.
    """
    with _told(path):
        contents = scipy.io.loadmat(path)
    if key not in contents:
        found = [name for name in contents if not name.startswith("__")]
        raise ValueError(
            f"The variable {key!r} is expected in {path.name}. Received: {found}"
        )
    cells = contents[key].ravel()
    if cells.dtype == object:
        return [_text(cell) for cell in cells]
    return cells.tolist()


def read_words(path: Path, *, count: int) -> list[list[str]]:
    """Returns the words of each line that is not empty.

    Args:
        path: Text in UTF-8, with any line ends.
        count: Words that each line must have.

    Raises:
        ValueError: If it is no text, a line has another number of them, or there is
            none.
    """
    with _told(path):
        lines = path.read_text("utf-8-sig").splitlines()
    rows = [(number, line.split()) for number, line in enumerate(lines, start=1)]
    rows = [(number, words) for number, words in rows if words]
    for number, words in rows:
        if len(words) != count:
            raise ValueError(
                f"{count} words are expected in each line of {path.name}. Received: "
                f"line {number} with {len(words)}"
            )
    if not rows:
        raise ValueError(f"Lines are expected in {path}. Received: none")
    return [words for _, words in rows]


def _stripped(cell: Any) -> Any:
    if isinstance(cell, str):
        cell = cell.strip()
    return None if cell == "" else cell


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    """Names the file that is not what its suffix says."""
    try:
        yield
    except Exception as error:  # each package has errors of its own
        raise ValueError(
            f"A whole {path.suffix} file is expected. Received: {path}: "
            f"{type(error).__name__}: {error}"
        ) from error


def _package(name: str, path: Path) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"The package {name} is expected, to read {path.name}. Install it with\n"
            "  pip install 'tfiqa[datasets]'",
            name=name,
        ) from error


def _known(sheet: str | None, names: list[str], path: Path) -> str:
    if sheet is None:
        return names[0]
    if sheet not in names:
        raise ValueError(
            f"The sheet {sheet!r} is expected in {path.name}. Received: {names}"
        )
    return sheet


def _text(cell: Any) -> str:
    while isinstance(cell, np.ndarray) and cell.size == 1:
        cell = cell.item()
    return str(cell)
