"""Pictures in folders: which files they are, by their names alone.

Every command that takes a folder lists it here, so that all of them agree on what a
picture is. Nothing is opened. What is left out is counted in `Omissions`.
"""

import dataclasses
import hashlib
import os
import sys
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path

from tfiqa.files.path_lists import paths_in
from tfiqa.files.scratch import is_scratch

# Some of them need a codec that may be missing: such a picture is listed, and whoever
# reads it says what is missing.
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
class Omissions:
    """What a listing left out, filled while it runs.

    Attributes:
        hidden: Files and folders whose names begin with a dot, and folders of systems.
        linked_folders: Links to folders that were not followed.
        repeated: Paths that had been listed before.
        unreadable: Folders that could not be listed, and why.
    """

    hidden: int = 0
    linked_folders: int = 0
    repeated: int = 0
    unreadable: dict[str, str] = dataclasses.field(default_factory=dict)

    def lines(self) -> Iterator[str]:
        """Yields what a user wants to know, one line for each kind."""
        for folder, reason in self.unreadable.items():
            yield f"{folder}: the folder cannot be listed: {reason}"
        counts = {
            "hidden or system files and folders": self.hidden,
            "links to folders": self.linked_folders,
            "repeated paths": self.repeated,
        }
        for kind, count in counts.items():
            if count:
                yield f"left out: {count:,} {kind}"


@dataclasses.dataclass(frozen=True)
class Rules:
    """Which entries of a folder are listed.

    Attributes:
        suffixes: Endings of the names of pictures, in lower case with their dot.
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
    omissions: Omissions | None = None,
) -> Iterator[str]:
    """Yields the paths of the pictures that some paths stand for, each path once.

    Args:
        paths: A picture, a folder (all pictures below it, sorted), or any number of
            these. Folders and lists are read while the result is.
        standard_input: Whether `-` stands for the paths on standard input; see
            `path_lists.paths_in`.
        rules: Which entries of folders are listed.
        omissions: Receives what is left out.
    """
    rules, omissions = rules or Rules(), omissions or Omissions()
    alone = isinstance(paths, str | os.PathLike)
    seen: set[bytes] = set()
    for path in _expanded(
        [paths] if alone else paths, standard_input, rules, omissions
    ):
        # A digest, since there may be millions of paths.
        whole = os.fsencode(os.path.abspath(path)) if "\0" not in path else b""
        key = hashlib.blake2b(whole or path.encode(), digest_size=12).digest()
        if key in seen:
            omissions.repeated += 1
            continue
        seen.add(key)
        yield path


def images_below(
    folder: str | os.PathLike[str],
    *,
    rules: Rules | None = None,
    omissions: Omissions | None = None,
) -> list[str]:
    """Returns the paths of all pictures below a folder, sorted by their parts.

    Names alone are considered, so that a million files take seconds: a path may be that
    of a broken link or of a pipe (`reading.read_file` refuses both). Hidden files and
    folders, folders of systems, and folders in which something is being written
    (`scratch`) are left out.

    Args:
        folder: Where to look.
        rules: Which entries are listed.
        omissions: Receives what is left out.
    """
    rules, omissions = rules or Rules(), omissions or Omissions()
    return list(_pictures(folder, rules, omissions))


def _expanded(
    paths: Iterable[PathLike], standard_input: bool, rules: Rules, omissions: Omissions
) -> Iterator[str]:
    for path in paths:
        if standard_input and path == "-":
            within = (line for line in paths_in(sys.stdin.buffer) if line != "-")
            yield from _expanded(within, False, rules, omissions)
        elif _is_folder(path):
            yield from _pictures(path, rules, omissions)
        else:
            yield os.fspath(path)


def _is_folder(path: PathLike) -> bool:
    try:
        return os.path.isdir(path)
    except ValueError:  # A NUL in the path.
        return False


def _pictures(folder: PathLike, rules: Rules, omissions: Omissions) -> Iterator[str]:
    start = os.path.join(os.curdir, "")
    for path in _below(os.fspath(Path(folder)), rules, omissions, set()):
        yield path.removeprefix(start)


def _below(
    folder: str, rules: Rules, omissions: Omissions, visited: set[tuple[int, int]]
) -> Iterator[str]:
    try:
        if rules.follow_links and _visit(folder, visited):
            return
        with os.scandir(folder) as unsorted:
            entries = sorted(unsorted, key=lambda entry: entry.name)
    except OSError as error:
        omissions.unreadable[folder] = error.strerror or str(error)
        return
    for entry in entries:
        is_folder = _leads_to_folder(entry)
        is_picture = os.path.splitext(entry.name)[1].lower() in rules.suffixes
        if is_folder and is_scratch(entry.name):
            continue
        if not (is_folder or is_picture):
            continue
        if not rules.hidden and _is_hidden(entry.name, is_folder):
            omissions.hidden += 1
        elif not is_folder:
            yield entry.path
        elif entry.is_symlink() and not rules.follow_links:
            omissions.linked_folders += 1
        else:
            yield from _below(entry.path, rules, omissions, visited)


def _visit(folder: str, visited: set[tuple[int, int]]) -> bool:
    """Returns whether a folder was listed before, under whatever name."""
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
