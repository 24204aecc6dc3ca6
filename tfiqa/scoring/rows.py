"""Rows of scores: one for each picture, on the terminal or in a file."""

import contextlib
import csv
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import keras

from tfiqa.scoring.assessment import Assessment
from tfiqa.scoring.calibration import interval
from tfiqa.scoring.scorer import covered_share

COLUMNS: Sequence[str] = ("path", "score", "status", "width", "height", "covered")
ENDS = ("low", "high")


def row(
    path: str, outcome: Assessment, scorer: keras.Model
) -> dict[str, str | float | int | None]:
    """Returns the row of one picture; what is not known is None."""
    covered = None
    if outcome.status == "ok":
        covered = round(covered_share(scorer, outcome.height, outcome.width), 4)
    return {
        "path": path,
        # float32 has 7 decimal digits.
        "score": float(f"{outcome.score:.7g}") if outcome.status == "ok" else None,
        "status": outcome.status,
        "width": outcome.width or None,
        "height": outcome.height or None,
        "covered": covered,
    }


def interval_of(outcome: Assessment, scorer: keras.Model) -> dict[str, float | None]:
    """Returns the ends of the interval of a score; None where there is no score."""
    if outcome.status != "ok":
        return dict.fromkeys(ENDS)
    ends = interval(scorer, outcome.score)
    return {name: float(f"{end:.7g}") for name, end in zip(ENDS, ends, strict=True)}


@contextlib.contextmanager
def sink(output: Path | None, *, intervals: bool = False):
    """Yields functions that write a row and that flush the rows written."""
    columns = (*COLUMNS, *(ENDS if intervals else ()))
    if output is None:
        ends = f"{'interval':<18}  " if intervals else ""
        print(f"{'score':>10}  {ends}{'status':<11}  path")
        yield _print_row, sys.stdout.flush
        return
    partial = output.with_name(f"{output.name}.partial")
    with partial.open(
        "w", newline="", encoding="utf-8", errors="surrogateescape"
    ) as file:
        if output.suffix == ".csv":
            table = csv.DictWriter(file, columns, lineterminator="\n")
            table.writeheader()
            yield table.writerow, file.flush
        else:
            yield lambda row: file.write(json.dumps(row) + "\n"), file.flush
    partial.replace(output)


def _print_row(row: dict) -> None:
    shown = "" if row["score"] is None else f"{row['score']:.4f}"
    ends = ""
    if ENDS[0] in row:
        low, high = (row[name] for name in ENDS)
        ends = f"{'' if low is None else f'[{low:.2f}, {high:.2f}]':<18}  "
    print(f"{shown:>10}  {ends}{row['status']:<11}  {printable(row['path'])}")


def printable(path: str) -> str:
    """Returns a path that any terminal takes."""
    return path.encode("utf-8", "backslashreplace").decode()
