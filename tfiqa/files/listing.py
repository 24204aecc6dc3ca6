"""Images in folders, recognized by their names alone.

Every command that takes a folder lists it here, so that all agree on which files are
images. No file is opened. Skipped entries are counted in `Skipped`.
"""

import dataclasses
import os
import sys
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path

from tfiqa.files.path_lists import paths_in
from tfiqa.files.path_set import PathSet
from tfiqa.files.scratch import is_scratch

# Some need a codec that may be missing. Such an image is listed; decoding it reports
# which codec is missing.
SUFFIXES = (
    *(".apng", ".avif", ".bmp", ".dib", ".gif", ".heic", ".heif", ".hif", ".j2k"),
    *(".jfif", ".jp2", ".jpe", ".jpeg", ".jpg", ".jxl", ".mpo", ".pbm", ".pgm"),
    *(".png", ".pnm", ".ppm", ".tga", ".tif", ".tiff", ".webp"),
)

# Folders in which systems keep thumbnails, copies and deleted files.
_SYSTEM_FOLDERS = frozenset(
    {"@eadir", "__macosx", "$recycle.bin", "#recycle", "#snapshot"}
    | {"system volume information"}
)

PathLike = str | os.PathLike[str]


@dataclasses.dataclass
class Skipped:
    """What a listing skipped; filled while it runs.

    Attributes:
        hidden: Number of files and folders whose names begin with a dot, and of system
            folders.
        linked_folders: Number of links to folders that were not followed.
        repeated: Number of paths that had been listed before.
        placed: Number of paths below the folder for copies or links.
        unreadable: Folders that could not be listed, each with the reason.
    """

    hidden: int = 0
    linked_folders: int = 0
    repeated: int = 0
    placed: int = 0
    unreadable: dict[str, str] = dataclasses.field(default_factory=dict)

    def lines(self) -> Iterator[str]:
        """Yields a report for the user, one line for each kind."""
        for folder, reason in self.unreadable.items():
            yield f"{folder}: the folder cannot be listed: {reason}"
        counts = {
            "hidden or system files and folders": self.hidden,
            "links to folders": self.linked_folders,
            "repeated paths": self.repeated,
            "images below the folder for copies or links": self.placed,
        }
        for kind, count in counts.items():
            if count:
                yield f"skipped: {count:,} {kind}"


@dataclasses.dataclass(frozen=True)
class Rules:
    """Which entries of a folder are listed.

    Attributes:
        suffixes: Suffixes of image files, in lower case with the dot.
        follow_links: Whether links to folders are followed; each folder is listed once.
        hidden: Whether hidden files and folders are listed.
    """

    suffixes: frozenset[str] = frozenset(SUFFIXES)
    follow_links: bool = False
    hidden: bool = False


def listed(
    paths: PathLike | Iterable[PathLike],
    *,
    standard_input: bool = False,
    rules: Rules | None = None,
    skipped: Skipped | None = None,
) -> Iterator[str]:
    """Yields the paths of all images that `paths` stand for, each one once.

    Args:
        paths: An image, a folder (all images below it, sorted), or any number of these.
            Folders and lists are read lazily, as the result is consumed.
        standard_input: Whether `-` stands for the paths on standard input; see
            `path_lists.paths_in`.
        rules: Which entries of folders to list.
        skipped: Receives what is skipped.
    """
    rules, skipped = rules or Rules(), skipped or Skipped()
    is_single = isinstance(paths, str | os.PathLike)
    seen = PathSet()
    for path in _expanded(
        [paths] if is_single else paths, standard_input, rules, skipped
    ):
        if seen.add(path if "\0" in path else os.path.abspath(path)):
            yield path
        else:
            skipped.repeated += 1


def images_below(
    folder: str | os.PathLike[str],
    *,
    rules: Rules | None = None,
    skipped: Skipped | None = None,
) -> list[str]:
    """Returns the paths of all images below a folder, sorted by their components.

    Only names are considered, so a million files take seconds; a path may lead to a
    broken link or a pipe (`reading.read_file` refuses both). Hidden files and folders,
    system folders, and scratch folders in use (`scratch`) are skipped.

    Args:
        folder: The folder.
        rules: Which entries to list.
        skipped: Receives what is skipped.
    """
    rules, skipped = rules or Rules(), skipped or Skipped()
    return list(_images_in(folder, rules, skipped))


def _expanded(
    paths: Iterable[PathLike], standard_input: bool, rules: Rules, skipped: Skipped
) -> Iterator[str]:
    for path in paths:
        if standard_input and path == "-":
            nested = (line for line in paths_in(sys.stdin.buffer) if line != "-")
            yield from _expanded(nested, False, rules, skipped)
        elif _is_folder(path):
            yield from _images_in(path, rules, skipped)
        else:
            yield os.fspath(path)


def _is_folder(path: PathLike) -> bool:
    try:
        return os.path.isdir(path)
    except ValueError:  # A NUL in the path.
        return False


def _images_in(folder: PathLike, rules: Rules, skipped: Skipped) -> Iterator[str]:
    start = os.path.join(os.curdir, "")
    for path in _below(os.fspath(Path(folder)), rules, skipped, set()):
        yield path.removeprefix(start)


def _below(
    folder: str, rules: Rules, skipped: Skipped, visited: set[tuple[int, int]]
) -> Iterator[str]:
    try:
        if rules.follow_links and _visit(folder, visited):
            return
        with os.scandir(folder) as scanned:
            entries = sorted(scanned, key=lambda entry: entry.name)
    except OSError as error:
        skipped.unreadable[folder] = error.strerror or str(error)
        return
    for entry in entries:
        is_folder = _leads_to_folder(entry)
        is_image = os.path.splitext(entry.name)[1].lower() in rules.suffixes
        if is_folder and is_scratch(entry.name):
            continue
        if not (is_folder or is_image):
            continue
        if not rules.hidden and _is_hidden(entry.name, is_folder):
            skipped.hidden += 1
        elif not is_folder:
            yield entry.path
        elif entry.is_symlink() and not rules.follow_links:
            skipped.linked_folders += 1
        else:
            yield from _below(entry.path, rules, skipped, visited)


def _visit(folder: str, visited: set[tuple[int, int]]) -> bool:
    """Returns whether a folder was listed before, possibly under another name."""
    status = os.stat(folder)
    identity = (status.st_dev, status.st_ino)
    repeated = identity in visited
    visited.add(identity)
    return repeated


def _leads_to_folder(entry: os.DirEntry) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # A link that loops, or leads through a file or a locked folder.
        return False


def _is_hidden(name: str, is_folder: bool) -> bool:
    return name.startswith(".") or (is_folder and name.lower() in _SYSTEM_FOLDERS)
