"""Rows of scores in files, which can be resumed, or on standard output."""

import contextlib
import csv
import json
import sys
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from tfiqa.cli.layout import Layout
from tfiqa.cli.layout import Row
from tfiqa.cli.layout import typed
from tfiqa.cli.printing import printer
from tfiqa.cli.text import printable
from tfiqa.files import atomic
from tfiqa.files.csv_rows import FORMULAS
from tfiqa.files.csv_rows import csv_line
from tfiqa.files.csv_rows import open_csv
from tfiqa.files.durable import synchronize
from tfiqa.files.durable import synchronize_names

SUFFIXES = (".csv", ".jsonl")

# Turns all rows into those to show, in the order in which they are shown.
Decide = Callable[[Iterable[Row]], Iterator[Row]]


class OutputError(OSError):
    """A file cannot be written: for example, the disk is full.

    Attributes:
        flag: The flag that names the file, without dashes.
    """

    flag = "output"


def partial_of(output: Path) -> Path:
    """Returns the file that holds the rows until all are written."""
    return output.with_name(f"{output.name}.partial")


@contextlib.contextmanager
def sink(
    output: Path | None,
    layout: Layout | None = None,
    *,
    resume: bool = False,
    decide: Decide | None = None,
    form: str = "table",
) -> Iterator[tuple[Callable[[Row], object], Callable[[], None]]]:
    """Yields a function that writes a row and one that flushes the rows written.

    Rows go to `FILE.partial`, which becomes `FILE` at the end; after an error they stay
    in `FILE.partial`. If more than one process may write the file, the caller holds
    `files.lock.locked`.

    Args:
        output: A file with one of `SUFFIXES`; standard output when None.
        layout: The columns.
        resume: Whether to append to the rows in `FILE.partial`.
        decide: Chooses the rows of `FILE` among those in `FILE.partial`, once these are
            complete; None takes all. Not applied to standard output.
        form: How rows are printed; see `printing.printer`.

    Raises:
        OutputError: If rows cannot be written.
    """
    layout = layout or Layout()
    if output is None:
        yield printer(layout, form), sys.stdout.flush
        return
    journal = layout.ungrouped
    partial = partial_of(output)
    with write_errors(partial):
        file = open_csv(partial, "a" if resume and partial.exists() else "w")
    is_csv = output.suffix == ".csv"
    try:
        with write_errors(partial):
            if is_csv and not file.tell():
                file.write(csv_line(journal.columns))

        def write(row: Row) -> None:
            with write_errors(partial):
                file.write(row_line(row, journal.columns, is_csv=is_csv))

        def flush() -> None:
            with write_errors(partial):
                file.flush()

        yield write, flush
    finally:
        with write_errors(partial):
            file.close()
    with write_errors(output):
        if decide is not None:
            _write_decided(output, layout, decide)
            partial.unlink()
            return
        synchronize(partial)
        partial.replace(output)
        synchronize_names(output.parent)


def _write_decided(output: Path, layout: Layout, decide: Decide) -> None:
    """Writes the rows that are chosen among those of `FILE.partial` into `FILE`."""
    is_csv = output.suffix == ".csv"
    rows = _complete_rows(partial_of(output), layout.ungrouped, is_csv=is_csv)
    chosen = decide(map(typed, rows) if is_csv else rows)
    with atomic.replacing(output) as written, open_csv(written, "w") as file:
        if is_csv:
            file.write(csv_line(layout.columns))
        for row in chosen:
            file.write(row_line(row, layout.columns, is_csv=is_csv))


@contextlib.contextmanager
def write_errors(path: Path, flag: str = "output") -> Iterator[None]:
    """Turns errors of the system into `OutputError` with a file and its flag."""
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        reason = f"{printable(str(path))}: {error.strerror or error}"
        output_error = OutputError(error.errno, reason)
        output_error.flag = flag
        raise output_error from error


def kept_rows(partial: Path, layout: Layout | None = None) -> Iterator[Row]:
    """Yields the complete rows of `FILE.partial`, and removes all others from it.

    If a run was killed, its last row may be incomplete. Cells of CSV stay texts.

    Args:
        partial: A `.csv.partial` or `.jsonl.partial` file.
        layout: The columns.
    """
    layout = (layout or Layout()).ungrouped
    is_csv = partial.name.endswith(".csv.partial")
    with atomic.replacing(partial) as written, open_csv(written, "w") as file:
        if is_csv:
            file.write(csv_line(layout.columns))
        for row in _complete_rows(partial, layout, is_csv=is_csv):
            file.write(row_line(row, layout.columns, is_csv=is_csv))
            yield row


def row_line(row: Row, columns: Iterable[str], *, is_csv: bool) -> str:
    """Returns a row of CSV whose path spreadsheets do not run as a formula, or JSON."""
    chosen = {name: row[name] for name in columns}
    if not is_csv:
        return json.dumps(chosen) + "\n"
    if _may_be_formula(row["path"]):
        chosen["path"] = f"./{row['path']}"  # Leads to the same file.
    return csv_line(chosen.values())


def unescaped_path(path: str) -> str:
    """Returns the path as the user gave it."""
    return path.removeprefix("./") if _may_be_formula(path) else path


def _may_be_formula(path: str) -> bool:
    while path.startswith("./"):
        path = path.removeprefix("./")
    return path.startswith(FORMULAS)


def _complete_rows(partial: Path, layout: Layout, *, is_csv: bool) -> Iterator[Row]:
    columns = layout.columns
    with open_csv(partial) as file:
        if is_csv:
            table = csv.reader(_complete_lines(file))
            if next(table, None) != list(columns):
                return
            for cells in table:
                if len(cells) == len(columns):
                    row = dict(zip(columns, cells, strict=True))
                    yield {**row, "path": unescaped_path(row["path"])}
            return
        for line in _complete_lines(file):
            with contextlib.suppress(ValueError):
                row = json.loads(line)
                if isinstance(row, dict) and set(row) == set(columns):
                    yield row


def _complete_lines(file: IO[str]) -> Iterator[str]:
    """Yields the lines of a file, except a last one without a line break."""
    pending = ""
    for line in file:
        if pending:
            yield pending
        pending = line
    if pending.endswith("\n"):
        yield pending
