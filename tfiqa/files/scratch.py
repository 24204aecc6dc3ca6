"""Hidden folders in which files and folders are made before they get their names.

A scratch folder stands beside what it will become, so that a rename suffices. Its name
tells the machine and the process that made it: what a killed process left can be
removed later.
"""

import contextlib
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

_END = ".incomplete"

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
    prefix = f".{target.name[:30]}.{_machine()}.{os.getpid()}."
    folder = Path(tempfile.mkdtemp(prefix=prefix, suffix=_END, dir=target.parent))
    _IN_USE.add(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _IN_USE.discard(folder)


def put(new: Path, target: Path, *, scratch: Path) -> None:
    """Renames a file or folder to `target`; what was there moves into `scratch`."""
    if target.exists():
        aside = scratch / "replaced"
        aside.mkdir(exist_ok=True)
        target.rename(aside / target.name)
    new.rename(target)


def is_scratch(name: str) -> bool:
    """Returns whether a folder's name is that of a scratch folder."""
    return name.startswith(".") and name.endswith(_END)


def remove_abandoned(parent: Path) -> None:
    """Removes the scratch folders of killed processes of this machine."""
    for folder in parent.glob(f".*{_END}"):
        start, *rest = folder.name.removesuffix(_END).rsplit(".", 2)
        if not start.endswith(f".{_machine()}") or not rest[0].isdecimal():
            continue
        if folder not in _IN_USE and not _is_running(int(rest[0])):
            shutil.rmtree(folder, ignore_errors=True)


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
