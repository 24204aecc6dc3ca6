"""Reading of paths that may be pipes, devices, or files larger than memory."""

import errno
import os
import stat

# Limit for one encoded image. The largest image that is decoded, 100 million pixels of
# 16 bits in four channels without compression, is smaller.
MAX_BYTES = 1 << 30

_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
    stat.S_IFDIR: "a folder",
}


class NotAFileError(OSError):
    """A path leads to something other than a file; it was not read."""


class FileTooLargeError(OSError):
    """A file is larger than the limit; it was not read."""


def read_file(
    path: str | os.PathLike[str], *, max_bytes: int | None = MAX_BYTES
) -> bytes:
    """Returns the bytes of a file.

    Never reads pipes, devices and sockets, nor waits for them.

    Args:
        path: The file.
        max_bytes: Size limit; none if None.

    Raises:
        FileNotFoundError: If the file does not exist, with a hint if the path is a URL,
            a pattern, or begins with `~`.
        FileTooLargeError: If the file is larger than `max_bytes`.
        NotAFileError: If the path leads to something else.
        OSError: If the file cannot be read.
    """
    name = os.fspath(path)
    if "\0" in name:
        raise FileNotFoundError(errno.ENOENT, "a path cannot contain a NUL", name)
    try:
        status = os.stat(name)
    except FileNotFoundError as error:
        reason = f"no such file{missing_hint(name)}"
        raise FileNotFoundError(errno.ENOENT, reason, name) from error
    _check(status, name, max_bytes)
    # Non-blocking, since a pipe may have replaced the file by now.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(name, flags), "rb") as file:
        _check(os.fstat(file.fileno()), name, max_bytes)
        return file.read()


def missing_hint(path: str) -> str:
    """Returns why a path may not exist; empty if nothing is known."""
    if "://" in path:
        return "; URLs are not supported: download the image first"
    if path.startswith("~"):
        return "; a quoted ~ is not expanded to the home folder"
    if any(letter in path for letter in "*?["):
        return "; patterns are not expanded: remove the quotes"
    if os.path.islink(path):
        return ": the link is broken"
    return ""


def _check(status: os.stat_result, name: str, max_bytes: int | None) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "something else")
        number = errno.EISDIR if kind == "a folder" else errno.EINVAL
        raise NotAFileError(number, f"it is {kind}, not a file", name)
    if max_bytes is not None and status.st_size > max_bytes:
        reason = (
            f"a file of at most {max_bytes:,} bytes is expected. "
            f"Received: {status.st_size:,} bytes"
        )
        raise FileTooLargeError(errno.EFBIG, reason, name)
