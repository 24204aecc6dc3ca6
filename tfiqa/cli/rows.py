"""Rows of scores: one for each image, on the terminal or in a file."""

import contextlib
import csv
import json
import sys
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tfiqa.cli.text import printable
from tfiqa.files import atomic
from tfiqa.files.csv_rows import FORMULAS
from tfiqa.files.csv_rows import csv_line
from tfiqa.files.csv_rows import open_csv
from tfiqa.files.durable import synchronize
from tfiqa.files.durable import synchronize_names

COLUMNS = ("path", "score", "status", "width", "height", "covered")
ENDS = ("low", "high")  # The interval of a score.
FINDINGS = ("distortion", "distortion_group", "probability")  # What is wrong.
REMARKS = ("reason", "notes")  # The last columns.
SUFFIXES = (".csv", ".jsonl")

Row = Mapping[str, Any]


class OutputError(OSError):
    """Rows cannot be written: for example, the disk is full."""


def columns_of(*, intervals: bool = False, explained: bool = False) -> tuple[str, ...]:
    """Returns the columns of files, in order."""
    ends, findings = ENDS if intervals else (), FINDINGS if explained else ()
    return (*COLUMNS, *ends, *findings, *REMARKS)


def partial_of(output: Path) -> Path:
    """Returns the file that holds the rows until all are written."""
    return output.with_name(f"{output.name}.partial")


@contextlib.contextmanager
def sink(
    output: Path | None,
    *,
    intervals: bool = False,
    explained: bool = False,
    resume: bool = False,
) -> Iterator[tuple[Callable[[Row], object], Callable[[], None]]]:
    """Yields a function that writes a row and one that flushes the rows written.

    Rows go to `FILE.partial`, which becomes `FILE` at the end; after an error they stay
    in `FILE.partial`. If more than one process may write the file, the caller holds
    `files.lock.locked`.

    Args:
        output: A file with one of `SUFFIXES`; the terminal when None.
        intervals: Whether rows also have `ENDS`.
        explained: Whether rows also have `FINDINGS`.
        resume: Whether to append to the rows in `FILE.partial`.

    Raises:
        OutputError: If rows cannot be written.
    """
    if output is None:
        yield _Terminal(intervals, explained).write, sys.stdout.flush
        return
    columns = columns_of(intervals=intervals, explained=explained)
    partial = partial_of(output)
    with _write_errors(partial):
        file = open_csv(partial, "a" if resume and partial.exists() else "w")
    is_csv = output.suffix == ".csv"
    try:
        with _write_errors(partial):
            if is_csv and not file.tell():
                file.write(csv_line(columns))

        def write(row: Row) -> None:
            chosen = {name: row[name] for name in columns}
            line = _csv_row(chosen) if is_csv else json.dumps(chosen) + "\n"
            with _write_errors(partial):
                file.write(line)

        def flush() -> None:
            with _write_errors(partial):
                file.flush()

        yield write, flush
    finally:
        with _write_errors(partial):
            file.close()
    with _write_errors(output):
        synchronize(partial)
        partial.replace(output)
        synchronize_names(output.parent)


@contextlib.contextmanager
def _write_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = f"{printable(str(path))}: {error.strerror or error}"
        raise OutputError(error.errno, reason) from error


def kept_rows(
    partial: Path, *, intervals: bool = False, explained: bool = False
) -> Iterator[Row]:
    """Yields the complete rows of `FILE.partial`, and removes all others from it.

    If a run was killed, its last row may be incomplete.

    Args:
        partial: A `.csv.partial` or `.jsonl.partial` file.
        intervals: Whether its rows have `ENDS`.
        explained: Whether its rows have `FINDINGS`.
    """
    columns = columns_of(intervals=intervals, explained=explained)
    is_csv = partial.name.endswith(".csv.partial")
    with atomic.replacing(partial) as written, open_csv(written, "w") as file:
        if is_csv:
            file.write(csv_line(columns))
        for row in _complete_rows(partial, columns, is_csv=is_csv):
            file.write(_csv_row(row) if is_csv else json.dumps(dict(row)) + "\n")
            yield row


def _csv_row(row: Row) -> str:
    """Returns a row of CSV whose path spreadsheets do not run as a formula."""
    path = row["path"]
    if _may_be_formula(path):
        path = f"./{path}"  # Leads to the same file.
    return csv_line({**row, "path": path}.values())


def _unescaped_path(path: str) -> str:
    """Returns the path as the user gave it."""
    return path.removeprefix("./") if _may_be_formula(path) else path


def _may_be_formula(path: str) -> bool:
    while path.startswith("./"):
        path = path.removeprefix("./")
    return path.startswith(FORMULAS)


def _complete_rows(
    partial: Path, columns: tuple[str, ...], *, is_csv: bool
) -> Iterator[Row]:
    with open_csv(partial) as file:
        if is_csv:
            table = csv.reader(_complete_lines(file))
            if next(table, None) != list(columns):
                return
            for cells in table:
                if len(cells) == len(columns):
                    row = dict(zip(columns, cells, strict=True))
                    yield {**row, "path": _unescaped_path(row["path"])}
            return
        for line in _complete_lines(file):
            with contextlib.suppress(ValueError):
                row = json.loads(line)
                if isinstance(row, dict) and set(row) == set(columns):
                    yield row


def _complete_lines(file) -> Iterator[str]:
    """Yields the lines of a file, except a last one without a line break."""
    pending = ""
    for line in file:
        if pending:
            yield pending
        pending = line
    if pending.endswith("\n"):
        yield pending


class _Terminal:
    """Prints rows, with a heading before the first one.

    Only the first row shows whether the scorer has words for its scores.
    """

    def __init__(self, intervals: bool, explained: bool):
        self.intervals, self.explained, self.has_heading = intervals, explained, False

    def write(self, row: Row) -> None:
        has_word = row.get("word") is not None
        if not self.has_heading:
            self.has_heading = True
            self._print(
                *("score", "word" if has_word else None, "interval"),
                *("distortion", "status", "path"),
            )
        score = "" if row["score"] is None else f"{row['score']:.4f}"
        low, high = (row[name] for name in ENDS) if self.intervals else (None, None)
        ends = "" if low is None else f"[{low:.2f}, {high:.2f}]"
        path = printable(row["path"])
        finding = _finding(row) if self.explained else ""
        self._print(score, row.get("word"), ends, finding, row["status"], path)

    def _print(self, score, word, ends, finding, status, path) -> None:
        cells = [f"{score:>10}"]
        if word is not None:
            cells.append(f"{word:<9}")
        if self.intervals:
            cells.append(f"{ends:<18}")
        if self.explained:
            cells.append(f"{finding:<27}")
        print("  ".join([*cells, f"{status:<11}", path]))


def _finding(row: Row) -> str:
    """Returns what is wrong with an image, and how probable that is."""
    if row["probability"] is None:
        return "unknown" if row["score"] is not None else ""
    name = row["distortion"] or f"some {row['distortion_group']}"
    name = "none" if name == "none" else name
    return f"{name} ({row['probability']:.0%})"
