"""Copies of images, or links to them, in one folder; nothing is overwritten."""

import contextlib
import errno
import filecmp
import hashlib
import os
import shutil
from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tfiqa.files.listing import Skipped
from tfiqa.files.scratch import remove_abandoned
from tfiqa.files.scratch import scratch_for


class SourceError(OSError):
    """An image cannot be placed: it is gone, unreadable, or both names are taken."""


@dataclass(frozen=True)
class Placed:
    """Where an image is now.

    Attributes:
        target: The copy or link.
        existed: Whether it existed already.
        renamed: Whether another file had the image's name.
    """

    target: Path
    existed: bool = False
    renamed: bool = False


class Placer:
    """Puts copies of images, or links to them, into one folder.

    An image keeps its name. If a file with other contents has this name, ten digits of
    a hash of the image's path are added, the same in every run. A copy with the same
    contents, or a link to the same image, is left as it is: a run that was interrupted
    can be repeated. A copy is complete or absent.

    Args:
        folder: The folder; created if missing.
        link: Whether to make symbolic links instead of copies.

    Raises:
        OSError: If the folder cannot be created.

    Example:
        >>> placer = tfiqa.decisions.Placer("best")
        >>> rows = tfiqa.score_files("photos/")
        >>> for row in tfiqa.decisions.select(rows, top=2):
        ...     placed = placer.place(row.path)
    """

    def __init__(self, folder: str | os.PathLike[str], *, link: bool = False):
        self.folder, self.link = Path(folder), link
        self.folder.mkdir(parents=True, exist_ok=True)
        remove_abandoned(self.folder)

    def place(self, path: str | os.PathLike[str]) -> Placed:
        """Copies or links an image; returns where it is.

        Raises:
            SourceError: If the image cannot be read, or both its names are taken.
            OSError: If the copy cannot be written: for example, the disk is full.
        """
        source = Path(path)
        if not source.is_file():  # It may also be a pipe, which is never opened.
            raise SourceError(errno.ENOENT, "no such file")
        with _source_errors():
            source.open("rb").close()
        own, other = self.folder / source.name, self._unique(source)
        for target in (own, other):
            if _is_free(target) and self._put(source, target):
                return Placed(target, renamed=target is other)
            with _source_errors():
                if self._is_done(source, target):
                    return Placed(target, existed=True, renamed=target is other)
        reason = f"{other} exists with other contents"
        raise SourceError(errno.EEXIST, reason)

    def _unique(self, source: Path) -> Path:
        """Returns the target for an image whose name is taken."""
        absolute = os.fsencode(os.path.abspath(source))
        digits = hashlib.sha256(absolute).hexdigest()[:10]
        # A name has at most 255 bytes; shorter by more than the digits and the suffix.
        stem = os.fsdecode(os.fsencode(source.stem)[:200])
        return self.folder / f"{stem}-{digits}{source.suffix}"

    def _is_done(self, source: Path, target: Path) -> bool:
        if self.link:
            return target.is_symlink() and target.readlink() == _absolute(source)
        is_file = target.is_file() and not target.is_symlink()
        return is_file and filecmp.cmp(source, target, shallow=False)

    def _put(self, source: Path, target: Path) -> bool:
        """Places an image unless the name is taken meanwhile; returns whether it is."""
        try:
            if self.link:
                target.symlink_to(_absolute(source))
            else:
                _copy(source, target)
        except FileExistsError:
            return False
        return True


def outside(
    paths: Iterable[str], folder: str | None, skipped: Skipped | None = None
) -> Iterator[str]:
    """Yields the paths that are not below a folder, such as one for copies.

    Args:
        paths: Paths of files.
        folder: The folder, which need not exist; all paths are yielded when None.
        skipped: Receives the number of the other paths.
    """
    skipped = skipped or Skipped()
    if folder is None:
        yield from paths
        return
    start = os.path.join(os.path.realpath(folder), "")
    for path in paths:
        # The real folder of a file, but not the target of a link to a file.
        parent = os.path.realpath(os.path.dirname(path)) if "\0" not in path else ""
        if not os.path.join(parent, "").startswith(start):
            yield path
        else:
            skipped.placed += 1


def _copy(source: Path, target: Path) -> None:
    """Copies a file and its times, completely or not at all.

    Raises:
        FileExistsError: If the target exists.
    """
    with scratch_for(target) as scratch:
        new = scratch / "new"
        shutil.copyfile(source, new)
        with contextlib.suppress(OSError):  # Not every file system has them.
            shutil.copystat(source, new)
        try:
            os.link(new, target)
        except FileExistsError:
            raise
        except OSError:  # A file system without hard links.
            os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            new.replace(target)


def _is_free(target: Path) -> bool:
    return not os.path.lexists(target)


def _absolute(source: Path) -> Path:
    return Path(os.path.abspath(source))


@contextlib.contextmanager
def _source_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SourceError(error.errno, error.strerror or str(error)) from error
