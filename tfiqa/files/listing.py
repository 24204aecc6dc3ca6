"""Pictures in folders: which files they are, by their names alone."""

import os
import sys
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path

from tfiqa.files.scratch import is_scratch

SUFFIXES = (
    *(".avif", ".bmp", ".gif", ".j2k", ".jp2", ".jpeg", ".jpg", ".pbm", ".pgm"),
    *(".png", ".ppm", ".tif", ".tiff", ".webp"),
)


PathLike = str | os.PathLike[str]


def listed(
    paths: PathLike | Iterable[PathLike], *, standard_input: bool = False
) -> Iterator[str]:
    """Yields the paths of pictures that some paths stand for.

    Args:
        paths: A picture, a folder (all pictures below it, sorted), or any number of
            these.
        standard_input: Whether `-` stands for the paths on standard input, one a line.
    """
    for path in [paths] if isinstance(paths, str | os.PathLike) else paths:
        if standard_input and path == "-":
            # Bytes, since paths need not be text.
            lines = (os.fsdecode(line).rstrip("\r\n") for line in sys.stdin.buffer)
            yield from listed(line for line in lines if line not in ("", "-"))
        elif os.path.isdir(path):
            yield from pictures_below(path)
        else:
            yield os.fspath(path)


def pictures_below(
    folder: str | os.PathLike[str], suffixes: Iterable[str] = SUFFIXES
) -> list[str]:
    """Returns the paths of all pictures below a folder, sorted by their parts.

    Names alone are looked at, so that a million files take seconds. Links to folders
    are not followed, and folders that may not be read, or in which something is being
    written (`scratch`), are left out.

    Args:
        folder: Where to look.
        suffixes: Endings of the names of pictures, in lower case with their dot.
    """
    start, suffixes = os.path.join(os.curdir, ""), frozenset(suffixes)
    below = _below(os.fspath(Path(folder)), suffixes)
    return [path.removeprefix(start) for path in below]


def _below(folder: str, suffixes: frozenset[str]) -> Iterator[str]:
    try:
        with os.scandir(folder) as unsorted:
            entries = sorted(unsorted, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if not is_scratch(entry.name):
                yield from _below(entry.path, suffixes)
        elif os.path.splitext(entry.name)[1].lower() in suffixes and not entry.is_dir():
            yield entry.path
