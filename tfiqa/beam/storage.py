"""Files on every file system of Beam; local ones without it.

A path with a scheme, such as `gs://bucket/name`, is remote. Beam's extras bring the
file systems: `apache-beam[gcp]`, `[aws]`, `[azure]`, `[hadoop]`.
"""

import contextlib
import dataclasses
import errno
import glob
import hashlib
import io
import os
import shutil
import tempfile
import time
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from typing import Any

from tfiqa.files import atomic
from tfiqa.files.reading import MAX_BYTES
from tfiqa.files.reading import FileTooLargeError
from tfiqa.files.reading import read_file

_ATTEMPTS, _PAUSE = 3, 0.5  # For remote reads; each pause is twice as long.
_ABSENT = ("not found", "no such", "404", "nosuchkey", "does not exist")


@dataclasses.dataclass(frozen=True)
class Found:
    """A file that matches a pattern, with what distinguishes its versions.

    Attributes:
        path: Its path.
        size: Its bytes.
        changed: When it was changed, in seconds.
    """

    path: str
    size: int
    changed: float


class StorageError(OSError):
    """A path cannot be used: its scheme is unknown, or access is refused."""


def is_remote(path: str) -> bool:
    """Returns whether a path has a scheme."""
    return "://" in path


def join(folder: str, *names: str) -> str:
    """Returns a path below a folder."""
    if is_remote(folder):
        return _systems().join(folder, *names)
    return os.path.join(folder, *names)


def check_access(path: str) -> None:
    """Raises an error unless the file system of a path answers.

    Raises:
        StorageError: If the scheme is unknown, its package is missing, or credentials
            are; one line.
    """
    if not is_remote(path):
        return
    scheme = path.partition("://")[0]
    try:
        _systems().get_filesystem(path)
    except ValueError as error:
        raise StorageError(
            f"A path on a file system that Beam knows is expected. Received: {path}: "
            f"none of them has the scheme {scheme}://; does it need an extra, such as "
            "apache-beam[gcp]?"
        ) from error
    try:
        _systems().exists(path)
    except Exception as error:  # Each client raises its own.
        raise StorageError(
            f"Access to {scheme}:// is expected. Received: {path}: {one_line(error)}"
        ) from error


def one_line(error: BaseException) -> str:
    """Returns what an error of Beam says, without its wrapping."""
    details = getattr(error, "exception_details", None)
    if isinstance(details, dict) and details:
        inner = next(iter(details.values()))
        if isinstance(inner, BaseException):
            return one_line(inner)
    reason = getattr(error, "strerror", None) or str(error).strip()
    first = reason.partition("\n")[0][:300]
    return first if isinstance(error, OSError) else f"{type(error).__name__}: {first}"


def matches(pattern: str) -> list[Found]:
    """Returns the files that match a pattern, sorted by path.

    In a local pattern, `**` stands for any number of folders.

    Raises:
        StorageError: If they cannot be listed.
    """
    if not is_remote(pattern):
        paths = sorted(glob.glob(pattern, recursive=True))
        files = [(one, os.stat(one)) for one in paths if os.path.isfile(one)]
        return [Found(one, status.st_size, status.st_mtime) for one, status in files]
    try:
        found = _systems().match([pattern])[0].metadata_list
    except Exception as error:
        raise StorageError(f"{pattern}: {one_line(error)}") from error
    rows = [Found(one.path, one.size_in_bytes, _changed(one)) for one in found]
    return sorted(rows, key=lambda one: one.path)


def _changed(metadata: Any) -> float:
    return getattr(metadata, "last_updated_in_seconds", None) or 0.0


def read_image(path: str) -> bytes:
    """Returns the bytes of an image; see `files.reading.read_file`.

    Raises:
        OSError: As `read_file`. Reading a remote file is tried three times.
    """
    if not is_remote(path):
        return read_file(path)
    content = b""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with _open(path) as file:
                content = file.read(MAX_BYTES + 1)
            break
        except Exception as error:
            reason = one_line(error)
            if isinstance(error, FileNotFoundError) or any(
                word in str(error).lower() for word in _ABSENT
            ):
                raise FileNotFoundError(errno.ENOENT, "no such file", path) from error
            if attempt == _ATTEMPTS:
                raise OSError(errno.EIO, reason, path) from error
            time.sleep(_PAUSE * 2 ** (attempt - 1))
    if len(content) > MAX_BYTES:
        reason = f"a file of at most {MAX_BYTES:,} bytes is expected"
        raise FileTooLargeError(errno.EFBIG, reason, path)
    return content


@contextlib.contextmanager
def opened(path: str) -> Iterator[IO[bytes]]:
    """Yields a file to read; it can seek.

    Raises:
        OSError: If it cannot be opened.
    """
    if not is_remote(path):
        with open(path, "rb") as local:
            yield local
        return
    try:
        file: Any = _open(path)
    except OSError as error:
        raise OSError(errno.EIO, one_line(error), path) from error
    with file:
        yield file


def read_bytes(path: str) -> bytes:
    """Returns the bytes of a file."""
    with opened(path) as file:
        return file.read()


def write_bytes(path: str, content: bytes) -> None:
    """Writes a small file; no reader ever sees half of it.

    Object stores show a file once it is closed. A local one is renamed.
    """
    if is_remote(path):
        with _create(path) as file:
            file.write(content)
        return
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    atomic.write_bytes(path, content)


class HashedFile(io.RawIOBase):
    """A file that is written once, from start to end.

    Args:
        path: The file.
        replace: Whether a local file may exist.

    Attributes:
        size: Bytes written so far.
        digest: SHA-256 of them.
    """

    def __init__(self, path: str, *, replace: bool = False):
        super().__init__()
        self.size, self.digest = 0, hashlib.sha256()
        if is_remote(path):
            self._file: Any = _create(path)
        else:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            self._file = open(path, "wb" if replace else "xb")  # noqa: SIM115

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        content = bytes(content)
        self._file.write(content)
        self.size += len(content)
        self.digest.update(content)
        return len(content)

    def tell(self) -> int:
        return self.size

    def finish(self) -> None:
        """Closes the file; a local one is on disk then."""
        if isinstance(self._file, io.BufferedWriter):
            self._file.flush()
            os.fsync(self._file.fileno())
        self._file.close()

    def abandon(self) -> None:
        """Closes the file whatever its state is."""
        with contextlib.suppress(Exception):
            self._file.close()


def sizes_in(folder: str) -> dict[str, int]:
    """Returns the bytes of the files in a folder by name; none if it is missing."""
    if is_remote(folder):
        found = matches(join(folder, "*"))
        return {one.path.rpartition("/")[2]: one.size for one in found}
    try:
        with os.scandir(folder) as entries:
            return {
                entry.name: entry.stat().st_size
                for entry in entries
                if entry.is_file() and not entry.name.startswith(".")
            }
    except FileNotFoundError:
        return {}


def delete(paths: Iterable[str]) -> None:
    """Removes files; those that are gone do not matter."""
    for path in paths:
        with contextlib.suppress(OSError):
            if is_remote(path):
                _systems().delete([path])
            else:
                os.unlink(path)


@contextlib.contextmanager
def local_copy(path: str) -> Iterator[Path]:
    """Yields the local path of a file or folder, a copy if it is remote."""
    if not is_remote(path):
        yield Path(path)
        return
    with tempfile.TemporaryDirectory(prefix="tfiqa-model-") as scratch:
        target = Path(scratch, path.rstrip("/").rpartition("/")[2])
        files = matches(path) or matches(join(path.rstrip("/"), "**"))
        if not files:
            raise FileNotFoundError(errno.ENOENT, "no such file", path)
        for one in files:
            rest = one.path.removeprefix(path.rstrip("/")).lstrip("/")
            local = target / rest if rest else target
            local.parent.mkdir(parents=True, exist_ok=True)
            with opened(one.path) as source, local.open("wb") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)
        yield target


def _systems() -> Any:
    from apache_beam.io.filesystems import FileSystems  # Local files do not need it.

    return FileSystems


def _open(path: str) -> Any:
    return _systems().open(path, compression_type=_uncompressed())


def _create(path: str) -> Any:
    return _systems().create(path, compression_type=_uncompressed())


def _uncompressed() -> Any:
    from apache_beam.io.filesystem import CompressionTypes

    return CompressionTypes.UNCOMPRESSED
