"""Reads tables of ratings, written by hand or with a spreadsheet, line by line.

A file is CSV in UTF-8, with or without a byte-order mark, separated by commas or by
semicolons; numbers may have a decimal comma. Its first line names the columns. A line
that cannot be used is skipped and reported by its number.
"""

import csv
import dataclasses
import io
import math
import os
from collections.abc import Iterator
from pathlib import Path

IMAGE = ("image", "path", "image_id", "name", "file")
MOS = ("mos", "score", "rating")
CONTENT = ("content", "reference", "reference_id")
BETTER, WORSE = "better", "worse"


@dataclasses.dataclass
class Rows:
    """The usable rows of a table, and what is wrong with the others.

    Attributes:
        lines: Line number of each row, from 1.
        images: Names of the images; in a table of pairs, of the better ones.
        mos: MOS of each; empty in a table of pairs.
        contents: Content of each, `""` where unknown.
        worse: Names of the worse images; empty in a table of ratings.
        faults: What is wrong with other lines, by line number.
        notes: What is unusual about the file.
        repeated: Number of rows that repeat an earlier one.
        contradicting: Number of rows that contradict an earlier one: another MOS of the
            same image, whose mean is used, or a pair the other way round.
    """

    lines: list[int] = dataclasses.field(default_factory=list)
    images: list[str] = dataclasses.field(default_factory=list)
    mos: list[float] = dataclasses.field(default_factory=list)
    contents: list[str] = dataclasses.field(default_factory=list)
    worse: list[str] = dataclasses.field(default_factory=list)
    faults: dict[int, str] = dataclasses.field(default_factory=dict)
    notes: list[str] = dataclasses.field(default_factory=list)
    repeated: int = 0
    contradicting: int = 0

    @property
    def are_pairs(self) -> bool:
        """Whether each row says that one image is better than another."""
        return bool(self.worse)


def read_ratings(path: str | os.PathLike[str]) -> Rows:
    """Returns the rows of a table of ratings or of pairs.

    A table of ratings has a column of `IMAGE`, one of `MOS` and perhaps one of
    `CONTENT`; one of pairs has the columns `better` and `worse`.

    Args:
        path: The file.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If it is no such table, or has no usable row.
    """
    text, notes = _text(Path(path))
    separator = _separator(text)
    if separator == ";":
        notes.append("cells are separated by semicolons")
    # Lines are numbered by the file, since cells may contain line breaks.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        rows = Rows(notes=notes)
        if {BETTER, WORSE} <= set(header):
            _read_pairs(_cells(reader, header, rows), rows)
        else:
            _read_ratings(_cells(reader, header, rows), _columns(header, path), rows)
    except csv.Error as error:
        raise ValueError(
            f"A CSV file is expected. Received: {path}, line {reader.line_num}: {error}"
        ) from error
    if not rows.images:
        first = next(iter(rows.faults.items()), None)
        more = "" if first is None else f"; line {first[0]}: {first[1]}"
        raise ValueError(f"Usable rows are expected. Received: {path} with none{more}")
    return rows


def _text(path: Path) -> tuple[str, list[str]]:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ValueError(
            f"A CSV file in UTF-8 is expected. Received: {path}, line {line}: {error}"
        ) from error
    if text.startswith("\ufeff"):
        return text[1:], ["line 1 begins with a byte-order mark"]
    return text, []


def _separator(text: str) -> str:
    """Returns the separator of the first line."""
    first = text.partition("\n")[0]
    return ";" if first.count(";") > first.count(",") else ","


def _columns(header: list[str], path: str | os.PathLike[str]) -> dict[str, str]:
    """Returns the names of the columns for image, MOS and perhaps content."""
    columns = {}
    for kind, names in (("image", IMAGE), ("mos", MOS), ("content", CONTENT)):
        present = [name for name in names if name in header]
        if len(present) > 1 or any(header.count(name) > 1 for name in present):
            raise ValueError(
                f"One column of {', '.join(names)} is expected. "
                f"Received: {path} with the columns {header}"
            )
        if present:
            columns[kind] = present[0]
    if not {"image", "mos"} <= set(columns):
        raise ValueError(
            f"The columns `image` and `mos`, or `{BETTER}` and `{WORSE}`, are expected "
            f"in line 1. Received: {path} with {header}"
        )
    return columns


def _cells(
    reader: Iterator[list[str]], header: list[str], rows: Rows
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yields the line number and the cells of each row, by column."""
    for cells in reader:
        line = reader.line_num  # type: ignore[attr-defined]
        cells = [cell.strip() for cell in cells]
        if not any(cells):
            continue
        # Spreadsheets append empty cells.
        while len(cells) > len(header) and not cells[-1]:
            cells.pop()
        if len(cells) != len(header):
            rows.faults[line] = f"{len(cells)} cells instead of {len(header)}"
            continue
        yield line, dict(zip(header, cells, strict=True))


def _read_ratings(
    lines: Iterator[tuple[int, dict[str, str]]], columns: dict[str, str], rows: Rows
) -> None:
    found: dict[str, list[tuple[int, float, str]]] = {}
    for line, cells in lines:
        name, cell = cells[columns["image"]], cells[columns["mos"]]
        mos = _number(cell)
        if not name:
            rows.faults[line] = "no image"
        elif not cell:
            rows.faults[line] = f"no MOS of {name!r}"
        elif math.isnan(mos):
            rows.faults[line] = f"{cell!r} of {name!r} is no finite number"
        else:
            content = cells.get(columns.get("content", ""), "")
            found.setdefault(name, []).append((line, mos, content))
    for name, same in found.items():
        first, mos, content = same[0]
        for line, other, _ in same[1:]:
            rows.repeated += other == mos
            rows.contradicting += other != mos
            what = "the same MOS" if other == mos else f"MOS {other:g}, not {mos:g}"
            rows.faults[line] = f"{name!r} again, as in line {first}, with {what}"
        rows.lines.append(first)
        rows.images.append(name)
        rows.mos.append(sum(one[1] for one in same) / len(same))
        rows.contents.append(content)


def _read_pairs(lines: Iterator[tuple[int, dict[str, str]]], rows: Rows) -> None:
    known: set[tuple[str, str]] = set()
    for line, cells in lines:
        better, worse = cells[BETTER], cells[WORSE]
        if not better or not worse:
            rows.faults[line] = "an image is missing"
        elif better == worse:
            rows.faults[line] = f"{better!r} is compared with itself"
        else:
            rows.repeated += (better, worse) in known
            rows.contradicting += (worse, better) in known
            known.add((better, worse))
            rows.lines.append(line)
            rows.images.append(better)
            rows.worse.append(worse)
            rows.contents.append("")


def _number(cell: str) -> float:
    """Returns a finite number; NaN for anything else."""
    if cell.count(",") == 1 and "." not in cell:
        cell = cell.replace(",", ".")
    try:
        value = float(cell)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan
