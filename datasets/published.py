"""Files of a database as they were published: its tables and its pictures.

Builders read and check them here, before anything is written. All faults are told at
once, each with a count and the first few names.
"""

import csv
import math
from collections import Counter
from collections.abc import Iterable
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PICTURE_SUFFIXES = frozenset(
    {
        ".avif",
        ".bmp",
        ".gif",
        ".j2k",
        ".jp2",
        ".jpeg",
        ".jpg",
        ".pgm",
        ".png",
        ".ppm",
        ".tga",
        ".tif",
        ".tiff",
        ".webp",
    }
)

_SHOWN = 3


def require(folder: Path, names: Iterable[str]) -> None:
    """Raises `ValueError` unless `folder` holds all of `names`."""
    names = list(names)
    missing = [name for name in names if not (folder / name).exists()]
    if missing:
        found = sorted(path.name for path in folder.iterdir())
        raise ValueError(
            f"A folder with {_listed(names)} is expected. Received: {folder} without "
            f"{_listed(missing)}; it holds {_listed(found) or 'nothing'}"
        )


def read_csv(path: Path, columns: Iterable[str]) -> list[dict[str, str]]:
    """Returns the rows of a table, empty ones left out.

    Args:
        path: Comma-separated, UTF-8 (with or without a byte-order mark), any line ends.
        columns: Those that must be there.

    Raises:
        ValueError: If a column is missing, or there is no row.
    """
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file, skipinitialspace=True)
        header = [name.strip() for name in next(reader, [])]
        rows = [
            dict(zip(header, (cell.strip() for cell in row), strict=False))
            for row in reader
            if any(cell.strip() for cell in row)
        ]
    missing = [column for column in columns if column not in header]
    if missing:
        raise ValueError(
            f"The columns {_listed(columns)} are expected in {path.name}. Received: "
            f"{_listed(filter(None, header)) or 'none'}"
        )
    if not rows:
        raise ValueError(f"Rows are expected in {path}. Received: the header alone")
    return rows


def number(text: str | None) -> float:
    """Returns what a cell says, NaN if that is no number."""
    try:
        return float(text or "nan")
    except ValueError:
        return math.nan


def pictures(folder: Path, *, below: bool = False) -> dict[str, Path]:
    """Returns the pictures of a folder by name, sorted.

    Args:
        folder: Where they are.
        below: Whether those of its sub-folders count too, named with the sub-folder.
    """
    found = folder.rglob("*") if below else folder.iterdir()
    return {
        path.relative_to(folder).as_posix(): path
        for path in sorted(found)
        if path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith(".")
    }


def paired(
    rows: Iterable[Mapping[str, Any]],
    files: Mapping[str, Path],
    *,
    scores: tuple[float, float] = (-math.inf, math.inf),
) -> list[dict[str, Any]]:
    """Returns examples with their pictures as `image`, in the order of the rows.

    Names match exactly, else without regard to case where that is unambiguous.

    Args:
        rows: Examples with `image_id`, which is the name of the picture, and `mos`.
        files: The pictures by name.
        scores: The lowest and the highest possible score.

    Raises:
        ValueError: If rows and pictures are not one to one, or a score is no number
            between those of `scores`.
    """
    rows = list(rows)
    lowest, highest = scores
    names = _matches([row["image_id"] for row in rows], files)
    used = Counter(names[row["image_id"]] for row in rows)
    faults = {
        "rows without a picture": [id_ for id_, name in names.items() if name is None],
        "pictures without a row": [name for name in files if not used[name]],
        "pictures with several rows": [
            name for name, count in used.items() if name is not None and count > 1
        ],
        "rows whose score is no number": [
            row["image_id"] for row in rows if not math.isfinite(row["mos"])
        ],
        f"scores outside {lowest:g} to {highest:g}": [
            row["image_id"]
            for row in rows
            if math.isfinite(row["mos"]) and not lowest <= row["mos"] <= highest
        ],
    }
    _raise_for(faults)
    return [{**row, "image": files[names[row["image_id"]]]} for row in rows]


def _matches(ids: Iterable[str], files: Mapping[str, Path]) -> dict[str, Any]:
    """Returns the name of the picture, or None, of each id."""
    folded = Counter(name.casefold() for name in files)
    by_folded = {
        name.casefold(): name for name in files if folded[name.casefold()] == 1
    }
    return {id_: id_ if id_ in files else by_folded.get(id_.casefold()) for id_ in ids}


def _raise_for(faults: Mapping[str, list[str]]) -> None:
    told = [
        f"{len(names):,} {fault} ({_listed(names)})"
        for fault, names in faults.items()
        if names
    ]
    if told:
        raise ValueError(
            "One score for each picture and one picture for each score are expected. "
            f"Received: {'; '.join(told)}"
        )


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(map(repr, names[:_SHOWN])) + more
