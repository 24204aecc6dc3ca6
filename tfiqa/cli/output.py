"""The output file of a batch: locked while it is written, and resumable."""

import contextlib
import json
import os
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any

from tfiqa.cli.flag_error import FlagError
from tfiqa.cli.layout import Layout
from tfiqa.cli.rows import SUFFIXES
from tfiqa.cli.rows import OutputError
from tfiqa.cli.rows import kept_rows
from tfiqa.cli.rows import partial_of
from tfiqa.cli.text import printable
from tfiqa.files import atomic
from tfiqa.files.lock import InUseError
from tfiqa.files.lock import locked
from tfiqa.files.path_set import PathSet
from tfiqa.files.scratch import remove_abandoned


class ClaimError(FlagError):
    """The output may not be written."""


@dataclass(frozen=True)
class Output:
    """Where rows go.

    Attributes:
        path: The file; the terminal when None.
        resume: Whether the file already has rows of an earlier run.
        done: The paths of the images in these rows.
        scored: Number of these rows with a score.
        complete: Number of these rows with a score of every scorer.
    """

    path: Path | None
    resume: bool = False
    done: PathSet = field(default_factory=PathSet)
    scored: int = 0
    complete: int = 0


def check_output(
    path: Path | None, *, resume: bool = False, overwrite: bool = False
) -> None:
    """Raises an error unless rows may go to a file.

    Args:
        path: The file; the terminal when None.
        resume: Whether the rows in `FILE.partial` are kept.
        overwrite: Whether an existing file may be replaced.

    Raises:
        ClaimError: If it is not a `.csv` or `.jsonl` file, its folder does not exist,
            or it exists and may not be replaced.
    """
    if path is None:
        if resume:
            raise ClaimError("output", "--resume is expected with a file. Received")
        return
    fault = ""
    if path.suffix not in SUFFIXES:
        fault = "A .csv or .jsonl file is expected. Received"
    elif not path.parent.is_dir():
        fault = "An existing folder is expected. Received"
    elif os.path.isdir(path):
        fault = "A file is expected. Received a folder"
    elif os.path.exists(path) and not overwrite:
        fault = "A new file, or --overwrite, is expected. Received one that exists"
    elif os.path.exists(partial_of(path)) and not (resume or overwrite):
        fault = (
            f"--resume, which continues from {printable(partial_of(path).name)}, or "
            "--overwrite is expected. Received"
        )
    if fault:
        raise ClaimError("output", fault)


@contextlib.contextmanager
def claimed(
    path: Path | None,
    settings: Mapping[str, Any],
    layout: Layout,
    *,
    resume: bool = False,
) -> Iterator[Output]:
    """Yields where rows go, and locks it against other processes.

    `FILE.partial.json` records how the rows in `FILE.partial` were made. Both files are
    gone once all rows are written.

    Args:
        path: The file; the terminal when None.
        settings: How rows are made, ready for JSON. A run resumes only with the same
            settings.
        layout: The columns of the rows.
        resume: Whether to keep the rows in `FILE.partial`.

    Raises:
        ClaimError: If another process writes the file, or its rows were made with other
            settings.
        OutputError: If the file cannot be written.
    """
    if path is None:
        yield Output(None)
        return
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locked(path))
            remove_abandoned(path.parent, path.name)
            output = _prepared(path, settings, layout, resume)
        except InUseError as error:
            raise ClaimError("output", str(error)) from error
        except OSError as error:
            reason = f"{printable(str(path))}: {error.strerror or error}"
            raise OutputError(error.errno, reason) from error
        yield output
        if not partial_of(path).exists():
            _settings_of(path).unlink(missing_ok=True)


def _prepared(
    path: Path,
    settings: Mapping[str, Any],
    layout: Layout,
    resume: bool,
) -> Output:
    partial = partial_of(path)
    # A run that was killed before it recorded its settings has no rows to keep.
    resume = resume and partial.exists() and partial.stat().st_size > 0
    if resume:
        _check_settings(path, settings)
        done, scored, complete = PathSet(), 0, 0
        for row in kept_rows(partial, layout):
            done.add(row["path"])
            scored += row["status"] == "ok"
            complete += layout.is_complete(row)
        return Output(path, True, done, scored, complete)
    # Before hours of work: fails if a name is too long or the folder is read-only.
    partial.open("a").close()
    atomic.write_json(_settings_of(path), dict(settings))
    return Output(path)


def _settings_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.partial.json")


def _check_settings(path: Path, settings: Mapping[str, Any]) -> None:
    try:
        old = json.loads(_settings_of(path).read_text())
        differing = [name for name in settings if old[name] != settings[name]]
    except (FileNotFoundError, KeyError, TypeError, ValueError):
        differing = ["none recorded"]
    if differing:
        raise ClaimError(
            "resume",
            f"Rows made with the same settings are expected in {partial_of(path)}. "
            f"Received: others ({', '.join(differing)}); --overwrite starts over",
        )
