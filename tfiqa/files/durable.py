"""Files that survive a power failure: they are on disk before they are renamed."""

import contextlib
import os
from pathlib import Path


def synchronize(path: str | os.PathLike[str]) -> None:
    """Waits until a file, or all files below a folder, are on disk.

    A rename may reach the disk before the content does, and leave an empty file.
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
    """Waits until the names in a folder are on disk, after a rename in it."""
    _synchronize_folder(Path(folder))


def _synchronize_folder(folder: Path) -> None:
    # Windows opens no folders, and some network file systems synchronize none.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
