"""Locks that end with their process, so that two processes never write one output."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where a file that is open cannot be replaced anyway.
    fcntl = None


class InUseError(ValueError):
    """Another process is writing the same output."""


@contextlib.contextmanager
def locked(target: str | os.PathLike[str], *, wait: bool = False) -> Iterator[None]:
    """Locks `target` against other processes while the context lasts.

    The lock is a hidden file beside `target`. The system releases it when the process
    ends, in any way. On file systems without locks it has no effect.

    Args:
        target: A file or folder, which need not exist. Its parent folder must exist.
        wait: Whether to wait until the lock is free.

    Raises:
        InUseError: If another process, or another context of this one, holds the lock,
            unless `wait`.
        OSError: If the lock file cannot be written.
    """
    target = Path(target)
    if fcntl is None:
        yield
        return
    path = target.with_name(f".{target.name[:200]}.lock")
    file = _acquired(path, target, wait=wait)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # Before the release, while it is ours.
            path.unlink()
        os.close(file)


def _acquired(path: Path, target: Path, *, wait: bool) -> int:
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            if not _lock(file, wait=wait):
                raise InUseError(
                    f"An output that no other process is writing is expected. "
                    f"Received: {target}"
                )
            # Its last owner may have removed the file between opening and locking.
            if _is_at(file, path):
                return file
        except BaseException:
            os.close(file)
            raise
        os.close(file)


def _lock(file: int, *, wait: bool) -> bool:
    assert fcntl is not None
    try:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # A file system without locks.
        return True
    return True


def _is_at(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), os.stat(path))
    except FileNotFoundError:
        return False
