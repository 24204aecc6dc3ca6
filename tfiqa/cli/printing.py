"""Rows on standard output: a table for people, JSON lines or paths for programs."""

import json
import sys
from collections.abc import Callable
from typing import Any

from tfiqa.cli.layout import ENDS
from tfiqa.cli.layout import Layout
from tfiqa.cli.layout import Row
from tfiqa.cli.layout import columns_of
from tfiqa.cli.text import printable

FORMATS = ("table", "jsonl", "null")


def printer(layout: Layout, form: str = "table") -> Callable[[Row], object]:
    """Returns the function that prints a row.

    Args:
        layout: The columns.
        form: `"table"`, `"jsonl"` for one JSON object per line, or `"null"` for paths
            that are each ended by a NUL, as `xargs -0` reads them.
    """
    if form == "jsonl":
        return lambda row: print(
            json.dumps({name: row[name] for name in layout.columns})
        )
    return _print_path if form == "null" else _Table(layout).write


def _print_path(row: Row) -> None:
    text = row["path"] + "\0"
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:  # A stream of text only.
        sys.stdout.write(text)
    else:  # Paths are bytes, which no encoding of the terminal may change.
        buffer.write(text.encode("utf-8", "surrogateescape"))


class _Table:
    """Prints rows, with a heading before the first one.

    Only the first row shows whether the scorer has words for its scores.
    """

    def __init__(self, layout: Layout):
        self.layout, self.has_heading = layout, False

    def write(self, row: Row) -> None:
        has_word = row.get("word") is not None
        if not self.has_heading:
            self.has_heading = True
            self._print(
                *("score", "word" if has_word else None, "interval"),
                *("distortion", "status", "path"),
                *(self.layout.others, ("burst", "choice")),
            )
        low, high = (
            (row[name] for name in ENDS) if self.layout.intervals else (None,) * 2
        )
        others = [_number(row[columns_of(name)[0]]) for name in self.layout.others]
        self._print(
            _number(row["score"]),
            row.get("word"),
            "" if low is None else f"[{low:.2f}, {high:.2f}]",
            _finding(row) if self.layout.explained else "",
            row["status"],
            printable(row["path"]),
            others,
            (row["group"], row["choice"]) if self.layout.grouped else (),
        )

    def _print(
        self, score, word, ends, finding, status, path, others, grouping
    ) -> None:
        cells = [f"{score:>10}"]
        if word is not None:
            cells.append(f"{word:<9}")
        if self.layout.intervals:
            cells.append(f"{ends:<18}")
        if self.layout.explained:
            cells.append(f"{finding:<27}")
        cells += [f"{text:>10}" for text in others]
        if self.layout.grouped:
            cells.append(f"{grouping[0]:>6}  {grouping[1]:<6}")
        print("  ".join([*cells, f"{status:<11}", path]))


def _number(score: Any) -> str:
    return "" if score is None else f"{score:.4f}"


def _finding(row: Row) -> str:
    """Returns what is wrong with an image, and how probable that is."""
    if row["probability"] is None:
        return "unknown" if row["score"] is not None else ""
    name = row["distortion"] or f"some {row['distortion_group']}"
    name = "none" if name == "none" else name
    return f"{name} ({row['probability']:.0%})"
