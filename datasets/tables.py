"""Readers of score tables: CSV files, spreadsheets, MATLAB files and word lists.

Cells are returned as stored; `number` turns them into numbers.
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
    """Returns the rows of a CSV table without empty ones.

    Args:
        path: Comma-separated UTF-8 file, with or without a byte-order mark.
        columns: Required columns. Missing cells of short rows are empty.

    Raises:
        ValueError: If the file is no such table, lacks a column, or has no rows.
    """
    columns = list(columns)
    empty = dict.fromkeys(columns, "")
    with _naming(path), path.open(newline="", encoding="utf-8-sig") as file:
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
    """Returns the number in a cell, NaN if there is none."""
    try:
        return math.nan if cell in (None, "") else float(cell)
    except (TypeError, ValueError):
        return math.nan


def read_sheet(
    path: Path, columns: Iterable[str], *, sheet: str | None = None
) -> list[dict[str, Any]]:
    """Returns the rows of a spreadsheet below its header.

    The header is the first row that holds all `columns`; rows above it are skipped.

    Args:
        path: An `.xlsx` or `.xls` file.
        columns: Columns that the sheet must have.
        sheet: Name of the sheet; the first one when None.

    Raises:
        ValueError: If the sheet or a column is missing, or there are no rows.
        ModuleNotFoundError: If the package that reads such files is not installed.
    """
    columns = list(columns)
    rows = [[_stripped(cell) for cell in row] for row in sheet_rows(path, sheet=sheet)]
    rows = [row for row in rows if any(cell is not None for cell in row)]
    headers = [index for index, row in enumerate(rows) if set(columns) <= set(row)]
    if not headers:
        first = [cell for cell in rows[0] if cell is not None] if rows else []
        raise ValueError(
            f"The columns {columns} are expected in {path.name}. Received: "
            f"{first[:10] or 'none'}"
        )
    header, *below = rows[headers[0] :]
    named = [dict(zip(header, row, strict=False)) for row in below]
    if not named:
        raise ValueError(f"Rows are expected in {path}. Received: the header alone")
    return named


def sheet_rows(path: Path, *, sheet: str | None = None) -> list[tuple[Any, ...]]:
    """Returns all rows of a sheet, with the values of formulas.

    Raises:
        ValueError: If the file is not a spreadsheet, or has no such sheet.
        ModuleNotFoundError: If the package that reads such files is not installed.
    """
    if path.suffix.lower() == ".xls":
        package = _package("xlrd", path)
        with _naming(path):
            book = package.open_workbook(path)
        chosen = book.sheet_by_name(_known(sheet, book.sheet_names(), path))
        return [tuple(chosen.row_values(row)) for row in range(chosen.nrows)]
    package = _package("openpyxl", path)
    with _naming(path):
        book = package.load_workbook(path, read_only=True, data_only=True)
    try:
        chosen = book[_known(sheet, book.sheetnames, path)]
        with _naming(path):
            return list(chosen.iter_rows(values_only=True))
    finally:
        book.close()


def read_mat(path: Path, key: str) -> list[Any]:
    """Returns a MATLAB row or column vector, or a cell array of strings.

    Raises:
        ValueError: If the file is not a MATLAB file, or has no such variable.
    """
    with _naming(path):
        contents = scipy.io.loadmat(path)
    if key not in contents:
        variables = [name for name in contents if not name.startswith("__")]
        raise ValueError(
            f"The variable {key!r} is expected in {path.name}. Received: {variables}"
        )
    cells = contents[key].ravel()
    if cells.dtype == object:
        return [_text(cell) for cell in cells]
    return cells.tolist()


def read_words(path: Path, *, count: int) -> list[list[str]]:
    """Returns the words of each line that is not empty.

    Args:
        path: UTF-8 text file.
        count: Number of words that each line must have.

    Raises:
        ValueError: If the file is not text, has no lines, or a line has another number
            of words.
    """
    with _naming(path):
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
def _naming(path: Path) -> Iterator[None]:
    """Raises a `ValueError` that names the file if it cannot be read."""
    try:
        yield
    except Exception as error:  # each package raises its own errors
        raise ValueError(
            f"A complete {path.suffix} file is expected. Received: {path}: "
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
