"""Hidden folders in which files and folders are built before they are renamed.

A scratch folder is beside its target, so that a rename suffices. Its name contains the
machine and the process that made it, so that later runs can remove what a killed
process left.
"""

import contextlib
import ctypes
import glob
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tfiqa.files.durable import synchronize
from tfiqa.files.durable import synchronize_names

_END, _ASIDE = ".incomplete", "replaced"
_LONGEST = 30  # Characters of the target's name in that of its scratch folder.
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2  # Constants of Linux for `renameat2`.

# Those of this process: a killed process may have had the same id.
_IN_USE: set[Path] = set()


@contextlib.contextmanager
def scratch_for(target: str | os.PathLike[str]) -> Iterator[Path]:
    """Yields a new empty folder beside `target`, and removes it at the end.

    Args:
        target: A file or folder, which need not exist; its name becomes part of the
            folder's. Its parent folder must exist.

    Raises:
        FileNotFoundError: If the folder of `target` does not exist.
    """
    target = Path(target)
    if not target.parent.is_dir():
        raise FileNotFoundError(f"An existing folder is expected. Received: {target}")
    prefix = f".{target.name[:_LONGEST]}.{_machine()}.{os.getpid()}."
    folder = Path(tempfile.mkdtemp(prefix=prefix, suffix=_END, dir=target.parent))
    _IN_USE.add(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _IN_USE.discard(folder)


def put(new: Path, target: Path, *, scratch: Path) -> None:
    """Renames a file or folder to `target`; an old `target` moves into `scratch`.

    If the system can exchange two names, `target` exists at every moment. After an
    error, the old `target` is in place. All of `new` is on disk before the rename.
    """
    synchronize(new)
    try:
        _put(new, target, scratch)
    finally:
        synchronize_names(target.parent)


def _put(new: Path, target: Path, scratch: Path) -> None:
    if not target.exists():
        new.rename(target)
        return
    aside = scratch / _ASIDE
    aside.mkdir(exist_ok=True)
    if _exchanged(new, target):
        new.rename(aside / target.name)
        return
    target.rename(aside / target.name)
    try:
        new.rename(target)
    except BaseException:
        (aside / target.name).rename(target)
        raise


def _exchanged(first: Path, second: Path) -> bool:
    """Exchanges two names atomically; returns whether the system could."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):  # Not Linux, or an old version.
        return False
    paths = os.fsencode(first), os.fsencode(second)
    return rename(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _RENAME_EXCHANGE) == 0


def is_scratch(name: str) -> bool:
    """Returns whether a folder's name is that of a scratch folder."""
    return name.startswith(".") and name.endswith(_END)


def remove_abandoned(parent: Path, name: str | None = None) -> None:
    """Removes the scratch folders that killed processes of this machine left.

    A target that such a process had moved aside and not yet replaced is restored.

    Args:
        parent: The folder that holds the scratch folders.
        name: Name of the target; any when None.
    """
    start = "" if name is None else f"{glob.escape(name[:_LONGEST])}."
    for folder in parent.glob(f".{start}*{_END}"):
        start, *rest = folder.name.removesuffix(_END).rsplit(".", 2)
        if not start.endswith(f".{_machine()}") or not rest[0].isdecimal():
            continue
        if folder not in _IN_USE and not _is_running(int(rest[0])):
            _restore(folder / _ASIDE, parent)
            shutil.rmtree(folder, ignore_errors=True)


def _restore(aside: Path, parent: Path) -> None:
    """Restores the targets that a process had moved aside when it was killed."""
    if not aside.is_dir():
        return
    for replaced in aside.iterdir():
        if not (parent / replaced.name).exists():
            replaced.rename(parent / replaced.name)


def _machine() -> str:
    return socket.gethostname()[:64]


def _is_running(process: int) -> bool:
    """Returns whether a process other than this one exists."""
    if process == os.getpid():
        return False
    if os.name == "nt":  # There, `os.kill` would end it.
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
