"""Files that are complete or absent: written under a temporary name, then renamed."""

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tfiqa.files.durable import synchronize
from tfiqa.files.durable import synchronize_names
from tfiqa.files.scratch import scratch_for


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str], *, durable: bool = True) -> Iterator[Path]:
    """Yields a new file's path, which becomes `path` unless an error is raised.

    The yielded path has the suffix of `path` and is unique, so two processes that write
    the same file never mix their contents: the last one wins. After an error, `path` is
    unchanged.

    Args:
        path: The file to write. Its folder must exist.
        durable: Whether to wait until the file is on disk, so that it survives a power
            failure. That takes some milliseconds.

    Raises:
        FileNotFoundError: If the folder of `path` does not exist.
    """
    path = Path(path)
    with scratch_for(path) as scratch:
        written = scratch / f"new{path.suffix}"
        yield written
        if durable:
            synchronize(written)
        written.replace(path)
        if durable:
            synchronize_names(path.parent)


def write_bytes(path: str | os.PathLike[str], content: bytes) -> Path:
    """Writes a file; returns its path. See `replacing`."""
    with replacing(path) as written:
        written.write_bytes(content)
    return Path(path)


def write_text(path: str | os.PathLike[str], content: str) -> Path:
    """Writes a file in UTF-8; returns its path. See `replacing`."""
    return write_bytes(path, content.encode())


def write_json(path: str | os.PathLike[str], content: Any) -> Path:
    """Writes a JSON file, indented; returns its path. See `replacing`."""
    return write_text(path, f"{json.dumps(content, indent=2)}\n")
