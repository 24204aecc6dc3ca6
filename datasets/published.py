"""Published files of a database: its images, and the rows of its table.

Builders find and check them here before anything is written. All problems are reported
together, each with a count and the first few names.
"""

import math
import os
from collections import Counter
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tfiqa.files import listing

# No published image is a one-bit bitmap.
IMAGE_SUFFIXES = frozenset(listing.SUFFIXES) - {".pbm"}

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
    present = sorted(path.name for path in folder.iterdir())
    raise ValueError(
        f"A folder with one of {names} is expected. Received: {folder}, which holds "
        f"{present[:_SHOWN] or 'nothing'}"
    )


def require(folder: Path, names: Iterable[str]) -> None:
    """Raises `ValueError` unless `folder` holds all of `names`."""
    names = list(names)
    missing = [name for name in names if not (folder / name).exists()]
    if missing:
        present = sorted(path.name for path in folder.iterdir())
        raise ValueError(
            f"A folder with {_listed(names)} is expected. Received: {folder} without "
            f"{_listed(missing)}; it holds {_listed(present) or 'nothing'}"
        )


def images(folder: Path, *, below: bool = False) -> dict[str, Path]:
    """Returns the images of a folder by name, sorted.

    Args:
        folder: Folder of the images.
        below: Whether to include subfolders; names then start with the subfolder.
    """
    if below:
        paths = map(Path, listing.images_below(folder))
    else:
        paths = sorted(folder.iterdir())
    return {
        path.relative_to(folder).as_posix(): path
        for path in paths
        if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")
        # Pipes, broken links and folders named like images are skipped.
        if os.path.isfile(path)
    }


def unscored(folder: Path, *, prefix: str = "") -> Iterator[dict[str, Any]]:
    """Returns images without scores as examples, sorted by name.

    Args:
        folder: Folder of the images; subfolders are searched too.
        prefix: Folder to put in front of each id.

    Raises:
        ValueError: If there are none.
    """
    files = images(folder, below=True)
    if not files:
        raise ValueError(
            f"A folder with images is expected. Received: {folder} without any"
        )
    above = f"{prefix}/" if prefix else ""
    return (
        {"image_id": f"{above}{name}", "image": path} for name, path in files.items()
    )


def by_name(files: Mapping[str, Path]) -> dict[str, Path]:
    """Returns the images of multiple folders by their bare file names.

    Raises:
        ValueError: If two images have the same name.
    """
    names = Counter(path.name for path in files.values())
    repeated = [name for name, count in names.items() if count > 1]
    if repeated:
        raise ValueError(
            "Images of different names are expected. Received: "
            f"{len(repeated):,} names in more than one folder ({_listed(repeated)})"
        )
    return {path.name: path for path in files.values()}


def paired(
    rows: Iterable[Mapping[str, Any]],
    files: Mapping[str, Path],
    *,
    scores: tuple[float, float] = (-math.inf, math.inf),
    spare: bool = False,
) -> list[dict[str, Any]]:
    """Returns examples with their images as `image`, in the order of the rows.

    Names match exactly, or else ignoring case where that is unambiguous.

    Args:
        rows: Examples with `image_id`, which is the name of the image, and `mos` if
            they are scored.
        files: The images by name.
        scores: The lowest and the highest possible score.
        spare: Whether the published archive holds images without a row.

    Raises:
        ValueError: If rows and images do not match one to one, or a score is not a
            number within `scores`.
    """
    rows = list(rows)
    scored = [row for row in rows if "mos" in row]
    lowest, highest = scores
    names = _matches([row["image_id"] for row in rows], files)
    used = Counter(names[row["image_id"]] for row in rows)
    faults = {
        "rows without an image": [id_ for id_, name in names.items() if name is None],
        "images without a row": [
            name for name in files if not used[name] and not spare
        ],
        "images with more than one row": [
            name for name, count in used.items() if name is not None and count > 1
        ],
        "rows whose score is not a number": [
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
        names: Name of the part of each example in the published table.
        parts: Our name of each part, by its name in the table.

    Raises:
        ValueError: If the table names an unknown part.
    """
    rows_of: dict[str, list[dict[str, Any]]] = {part: [] for part in parts.values()}
    for example, name in zip(examples, names, strict=True):
        if name not in parts:
            raise ValueError(
                f"One of the parts {list(parts)} is expected. Received: {name!r} for "
                f"{example['image_id']!r}"
            )
        rows_of[parts[name]].append(example)
    return {part: rows for part, rows in rows_of.items() if rows}


def _matches(ids: Iterable[str], files: Mapping[str, Path]) -> dict[str, Any]:
    """Returns the image name that matches each id, or None."""
    folded = Counter(name.casefold() for name in files)
    by_folded = {
        name.casefold(): name for name in files if folded[name.casefold()] == 1
    }
    return {id_: id_ if id_ in files else by_folded.get(id_.casefold()) for id_ in ids}


def _raise_for(faults: Mapping[str, list[str]]) -> None:
    problems = [
        f"{len(names):,} {fault} ({_listed(names)})"
        for fault, names in faults.items()
        if names
    ]
    if problems:
        raise ValueError(
            "One score for each image and one image for each score are expected. "
            f"Received: {'; '.join(problems)}"
        )


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(map(repr, names[:_SHOWN])) + more
