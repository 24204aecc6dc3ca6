"""Hidden folders in which files and folders are made before they get their names.

A scratch folder stands beside what it will become, so that a rename suffices. Its name
tells the machine and the process that made it: what a killed process left can be
removed later.
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
_LONGEST = 30  # Characters of the name that a scratch folder tells.
_HERE, _EXCHANGE = -100, 2  # Of Linux: paths from the working folder; swap both.

# Of this process, in use: a killed process may have had the same number.
_IN_USE: set[Path] = set()


@contextlib.contextmanager
def scratch_for(target: str | os.PathLike[str]) -> Iterator[Path]:
    """Yields a new empty folder beside `target`; at the end it is removed.

    Args:
        target: A file or folder to be, which lends its name. Its folder must exist.

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
    """Renames a file or folder to `target`; what was there moves into `scratch`.

    Where the system can exchange two names, one of both is there at any moment. After
    an error what was there is there. The disk has all of `new` before it gets its name.
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


def _exchanged(one: Path, other: Path) -> bool:
    """Exchanges two names at once; returns whether the system could."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):  # Not Linux, or an old one.
        return False
    paths = os.fsencode(one), os.fsencode(other)
    return rename(_HERE, paths[0], _HERE, paths[1], _EXCHANGE) == 0


def is_scratch(name: str) -> bool:
    """Returns whether a folder's name is that of a scratch folder."""
    return name.startswith(".") and name.endswith(_END)


def remove_abandoned(parent: Path, name: str | None = None) -> None:
    """Removes the scratch folders of killed processes of this machine.

    What such a process had moved aside, and not yet replaced, is put back.

    Args:
        parent: Where they are.
        name: Of the file or folder that they were to become; any when None.
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
    """Puts back what a process had moved aside when it was killed."""
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
    if os.name == "nt":  # `os.kill` would end it there.
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
