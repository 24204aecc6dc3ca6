"""Ratings and pairs of a table, matched with the images of a folder."""

import dataclasses
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from pathlib import PurePosixPath

import numpy as np

from tfiqa.files.listing import Skipped
from tfiqa.files.listing import images_below
from tfiqa.files.rating_rows import Rows


@dataclasses.dataclass(frozen=True)
class Folder:
    """The images below a folder.

    A path takes about 300 bytes of memory; nothing is opened.

    Attributes:
        root: The folder.
        names: Paths below it, with slashes, sorted.
        skipped: What the listing skipped.
    """

    root: Path
    names: tuple[str, ...]
    skipped: Skipped

    def path(self, name: str) -> str:
        """Returns the path of an image."""
        return os.path.join(self.root, name)


@dataclasses.dataclass(frozen=True)
class Labels:
    """Labeled images of a folder.

    Attributes:
        names: Names of the images, as in `Folder`, each one once.
        mos: float64 `(n,)`; empty for pairs.
        contents: Content of each image, `(n,)`: images of one content are always on the
            same side of a division.
        pairs: Rows of the better and of the worse image, int `(pairs, 2)`; empty for
            ratings.
    """

    names: tuple[str, ...]
    mos: np.ndarray
    contents: np.ndarray
    pairs: np.ndarray


def open_folder(folder: str | os.PathLike[str]) -> Folder:
    """Returns the images below a folder.

    Raises:
        NotADirectoryError: If it is no folder.
        ValueError: If it has no images.
    """
    root, skipped = Path(folder), Skipped()
    if not root.is_dir():
        raise NotADirectoryError(f"A folder of images is expected. Received: {root}")
    names = tuple(
        os.path.relpath(path, root).replace(os.sep, "/")
        for path in images_below(root, skipped=skipped)
    )
    if not names:
        raise ValueError(
            f"A folder with images is expected. Received: {root}, with none"
        )
    return Folder(root, names, skipped)


def matched(rows: Rows, folder: Folder) -> Labels:
    """Returns the labels of images that exist; adds the faults of others to `rows`.

    A name is a path below the folder, with or without the name of the folder in front,
    or the name of a file that occurs once below it.

    Raises:
        ValueError: If no row names an image of the folder.
    """
    find = _finder(folder)
    columns = [rows.images, rows.worse] if rows.are_pairs else [rows.images]
    used, known = [], []
    labeled: set[str] = set()
    for index, line in enumerate(rows.lines):
        names = [find(column[index]) for column in columns]
        if None in names:
            missing = columns[names.index(None)][index]
            rows.faults[line] = f"{missing!r} is no image below {folder.root}"
        elif names[0] in labeled and not rows.are_pairs:
            rows.faults[line] = f"{names[0]!r} again, under another name"
        else:
            used.append(index)
            known.extend(str(name) for name in names)
            labeled.update(known[-len(names) :])
    if not used:
        line, text = next(iter(rows.faults.items()))
        raise ValueError(
            f"A table that names images below {folder.root} is expected. "
            f"Received: none that exists; line {line}: {text}"
        )
    names = tuple(sorted(set(known))) if rows.are_pairs else tuple(known)
    number = {name: row for row, name in enumerate(names)}
    contents = np.array(names, np.str_)
    pairs, mos = np.zeros((0, 2), int), np.zeros(0)
    if rows.are_pairs:
        pairs = np.array([number[name] for name in known]).reshape(-1, 2)
    else:
        mos = np.array([rows.mos[index] for index in used])
        stated = np.array([rows.contents[index] for index in used], np.str_)
        # An image without a content is its own; the slash marks it as such.
        contents = np.where(stated == "", np.char.add("/", contents), stated)
    return Labels(names, mos, contents, pairs)


def unlabeled(folder: Folder, labels: Labels, most: int, seed: int) -> Sequence[str]:
    """Returns names of images without a label, at most `most`, drawn at random."""
    known = set(labels.names)
    others = [name for name in folder.names if name not in known]
    if len(others) <= most:
        return others
    drawn = np.random.default_rng(seed).choice(len(others), most, replace=False)
    return [others[index] for index in sorted(drawn)]


def kept(labels: Labels, is_usable: np.ndarray) -> tuple[Labels, list[str]]:
    """Returns the labels of usable images, and the names of the others."""
    pairs = zip(labels.names, is_usable, strict=True)
    dropped = [name for name, is_ in pairs if not is_]
    if not dropped:
        return labels, []
    numbers = np.cumsum(is_usable) - 1
    is_kept = is_usable[labels.pairs].all(axis=1)
    chosen = dataclasses.replace(
        labels,
        names=tuple(np.array(labels.names, np.str_)[is_usable].tolist()),
        mos=labels.mos[is_usable] if len(labels.mos) else labels.mos,
        contents=labels.contents[is_usable],
        pairs=numbers[labels.pairs[is_kept]],
    )
    return chosen, dropped


def _finder(folder: Folder):
    """Returns the function from a name in a table to the name of an image, or None."""
    exact = set(folder.names)
    counts = Counter(PurePosixPath(name).name for name in folder.names)
    short = {
        base: name
        for name in folder.names
        if counts[base := PurePosixPath(name).name] == 1
    }

    def find(name: str) -> str | None:
        name = name.replace("\\", "/").removeprefix("./")
        below = name.removeprefix(f"{folder.root.as_posix()}/")
        for candidate in (name, below, name.removeprefix(f"{folder.root.name}/")):
            if candidate in exact:
                return candidate
        return short.get(name) if "/" not in name else None

    return find
