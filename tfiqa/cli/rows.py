"""Rows of scores: one for each picture, on the terminal or in a file."""

import contextlib
import csv
import json
import sys
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import Path
from typing import Any

COLUMNS = ("path", "score", "status", "width", "height", "covered")
ENDS = ("low", "high")  # Of the interval of a score, behind the other columns.
SUFFIXES = (".csv", ".jsonl")

Row = Mapping[str, Any]


@contextlib.contextmanager
def sink(
    output: Path | None, *, intervals: bool = False
) -> Iterator[tuple[Callable[[Row], object], Callable[[], None]]]:
    """Yields a function that writes a row and one that flushes the rows written.

    Rows go to `FILE.partial`, which becomes `FILE` when all are there; after an error
    they stay in `FILE.partial`.

    Args:
        output: A file with one of `SUFFIXES`; the terminal when None.
        intervals: Whether rows also have `ENDS`.
    """
    columns: tuple[str, ...] = (*COLUMNS, *(ENDS if intervals else ()))
    if output is None:
        yield _Terminal(intervals).write, sys.stdout.flush
        return
    partial = output.with_name(f"{output.name}.partial")
    with partial.open(
        "w", newline="", encoding="utf-8", errors="surrogateescape"
    ) as file:
        if output.suffix == ".csv":
            table = csv.writer(file, lineterminator="\n")
            table.writerow(columns)
            yield lambda row: table.writerow(row[name] for name in columns), file.flush
        else:

            def write(row: Row) -> None:
                chosen = {name: row[name] for name in columns}
                file.write(json.dumps(chosen) + "\n")

            yield write, file.flush
    partial.replace(output)


def printable(path: str) -> str:
    """Returns a path that any terminal takes."""
    return path.encode("utf-8", "backslashreplace").decode()


class _Terminal:
    """Prints rows, below a heading that comes with the first of them.

    Only then is it known whether the scorer has words for its scores.
    """

    def __init__(self, intervals: bool):
        self.intervals, self.begun = intervals, False

    def write(self, row: Row) -> None:
        words = row.get("word") is not None
        if not self.begun:
            self.begun = True
            self._print(
                "score", "word" if words else None, "interval", "status", "path"
            )
        score = "" if row["score"] is None else f"{row['score']:.4f}"
        low, high = (row[name] for name in ENDS) if self.intervals else (None, None)
        ends = "" if low is None else f"[{low:.2f}, {high:.2f}]"
        path = printable(row["path"])
        self._print(score, row.get("word"), ends, row["status"], path)

    def _print(self, score, word, ends, status, path) -> None:
        cells = [f"{score:>10}"]
        if word is not None:
            cells.append(f"{word:<9}")
        if self.intervals:
            cells.append(f"{ends:<18}")
        print("  ".join([*cells, f"{status:<11}", path]))
