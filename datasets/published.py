"""Files of a database as they were published: its pictures, and their rows.

Builders find and check them here, before anything is written. All faults are told at
once, each with a count and the first few names.
"""

import math
from collections import Counter
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tfiqa.files import listing

# Of published pictures: some are Targa files, none is a bitmap of one bit.
PICTURE_SUFFIXES = frozenset(listing.SUFFIXES) - {".pbm"} | {".tga"}

_SHOWN = 3


def first(folder: Path, names: Iterable[str]) -> Path:
    """Returns the first of `names` that `folder` holds.

    Raises:
        ValueError: If it holds none.
    """
    names = list(names)
    for name in names:
        if (folder / name).exists():
            return folder / name
    found = sorted(path.name for path in folder.iterdir())
    raise ValueError(
        f"A folder with one of {names} is expected. Received: {folder}, which holds "
        f"{found[:_SHOWN] or 'nothing'}"
    )


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


def pictures(folder: Path, *, below: bool = False) -> dict[str, Path]:
    """Returns the pictures of a folder by name, sorted.

    Args:
        folder: Where they are.
        below: Whether those of its sub-folders count too, named with the sub-folder.
    """
    if below:
        paths = map(Path, listing.pictures_below(folder, PICTURE_SUFFIXES))
    else:
        paths = sorted(folder.iterdir())
    return {
        path.relative_to(folder).as_posix(): path
        for path in paths
        if path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith(".")
    }


def unscored(folder: Path, *, prefix: str = "") -> Iterator[dict[str, Any]]:
    """Returns pictures without scores as examples, sorted by name.

    Args:
        folder: Where they are, in sub-folders or not.
        prefix: Folder that the ids are to name.

    Raises:
        ValueError: If there are none.
    """
    files = pictures(folder, below=True)
    if not files:
        raise ValueError(
            f"A folder with pictures is expected. Received: {folder} without any"
        )
    above = f"{prefix}/" if prefix else ""
    return (
        {"image_id": f"{above}{name}", "image": path} for name, path in files.items()
    )


def by_name(files: Mapping[str, Path]) -> dict[str, Path]:
    """Returns pictures of several folders by their bare names.

    Raises:
        ValueError: If two have the same.
    """
    names = Counter(path.name for path in files.values())
    several = [name for name, count in names.items() if count > 1]
    if several:
        raise ValueError(
            "Pictures of different names are expected. Received: "
            f"{len(several):,} names in several folders ({_listed(several)})"
        )
    return {path.name: path for path in files.values()}


def paired(
    rows: Iterable[Mapping[str, Any]],
    files: Mapping[str, Path],
    *,
    scores: tuple[float, float] = (-math.inf, math.inf),
    spare: bool = False,
) -> list[dict[str, Any]]:
    """Returns examples with their pictures as `image`, in the order of the rows.

    Names match exactly, else without regard to case where that is unambiguous.

    Args:
        rows: Examples with `image_id`, which is the name of the picture, and `mos`
            if they are scored.
        files: The pictures by name.
        scores: The lowest and the highest possible score.
        spare: Whether the published archive holds pictures without a row.

    Raises:
        ValueError: If rows and pictures are not one to one, or a score is no number
            between those of `scores`.
    """
    rows = list(rows)
    scored = [row for row in rows if "mos" in row]
    lowest, highest = scores
    names = _matches([row["image_id"] for row in rows], files)
    used = Counter(names[row["image_id"]] for row in rows)
    faults = {
        "rows without a picture": [id_ for id_, name in names.items() if name is None],
        "pictures without a row": [
            name for name in files if not used[name] and not spare
        ],
        "pictures with several rows": [
            name for name, count in used.items() if name is not None and count > 1
        ],
        "rows whose score is no number": [
            row["image_id"] for row in scored if not math.isfinite(row["mos"])
        ],
        f"scores outside {lowest:g} to {highest:g}": [
            row["image_id"]
            for row in scored
            if math.isfinite(row["mos"]) and not lowest <= row["mos"] <= highest
        ],
    }
    _raise_for(faults)
    return [{**row, "image": files[names[row["image_id"]]]} for row in rows]


def divided(
    examples: Iterable[dict[str, Any]],
    names: Iterable[str],
    parts: Mapping[str, str],
) -> dict[str, list[dict[str, Any]]]:
    """Returns the examples of each official part.

    Args:
        examples: In published order.
        names: What the table calls the part of each.
        parts: What we call it, by what the table does.

    Raises:
        ValueError: If the table names another part.
    """
    found: dict[str, list[dict[str, Any]]] = {part: [] for part in parts.values()}
    for example, name in zip(examples, names, strict=True):
        if name not in parts:
            raise ValueError(
                f"One of the parts {list(parts)} is expected. Received: {name!r} for "
                f"{example['image_id']!r}"
            )
        found[parts[name]].append(example)
    return {part: rows for part, rows in found.items() if rows}


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
