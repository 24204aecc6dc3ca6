"""Files that survive a loss of power: the disk has them before they get their names."""

import contextlib
import os
from pathlib import Path


def synchronize(path: str | os.PathLike[str]) -> None:
    """Waits until the disk has a file, or all files below a folder.

    A rename may reach the disk before what is renamed, and leave an empty file.
    """
    path = Path(path)
    if path.is_dir():
        for below in path.iterdir():
            synchronize(below)
        _synchronize_folder(path)
        return
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def synchronize_names(folder: str | os.PathLike[str]) -> None:
    """Waits until the disk has the names in a folder, after a rename there."""
    _synchronize_folder(Path(folder))


def _synchronize_folder(folder: Path) -> None:
    # Windows opens no folders, and some network file systems synchronize none.
    with contextlib.suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
