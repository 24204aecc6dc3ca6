"""The folder of a run, in which nothing is lost, overwritten or half-written."""

import atexit
import contextlib
import json
import os
import platform
import shutil
import sys
from importlib import metadata
from io import BytesIO
from pathlib import Path
from typing import Any

import keras
from PIL import Image

from tfiqa import __version__
from tfiqa import trainers
from tfiqa.data.load import Source
from tfiqa.files import atomic
from tfiqa.files.lock import locked

RECORD = "run.json"
PACKAGES = (
    *("tensorflow", "keras", "keras-hub", "tensorflow-datasets", "numpy"),
    *("scikit-learn", "scipy", "pillow"),
)


def open_folder(
    folder: Path,
    facts: dict[str, Any],
    *,
    resume: bool,
    overwrite: bool,
    exclusive: bool = True,
) -> Path:
    """Creates the folder of a run and records what the run is.

    Args:
        folder: A new folder, or that of an earlier run.
        facts: All facts that determine the scorer of the run.
        resume: Continue the existing run, which must have the same facts.
        overwrite: Remove the existing run.
        exclusive: Keep other processes out; not used among workers of one training.

    Raises:
        ValueError: If a run exists and neither `resume` nor `overwrite` is set, if its
            facts differ from those of the resumed run, if it is complete, or if another
            process is writing there.
    """
    if exclusive:
        hold(folder)
    try:
        return _opened(folder, facts, resume=resume, overwrite=overwrite)
    except BaseException:
        release(folder)
        raise


def _opened(
    folder: Path, facts: dict[str, Any], *, resume: bool, overwrite: bool
) -> Path:
    facts = json.loads(json.dumps(facts))  # In the form in which they are read again.
    path = folder / RECORD
    if folder.exists() and any(folder.iterdir()):
        if overwrite:
            _remove(folder)
        elif not resume:
            raise ValueError(
                f"The folder of the run is not empty: {folder}. Continue with "
                "--resume, start over with --overwrite, or name another --output."
            )
        elif path.exists():
            _check_same(facts, _record(path), path)
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        record = {**facts, "versions": versions(), "command": sys.argv}
        atomic.write_json(path, record)
    return folder


# Locks held by this process, by the path of the folder.
_HELD: dict[Path, contextlib.ExitStack] = {}
atexit.register(lambda: [release(folder) for folder in list(_HELD)])


def hold(folder: Path) -> None:
    """Locks the folder of a run until `release`, or until the process ends.

    Raises:
        ValueError: If another process holds it.
    """
    folder = folder.resolve()
    if folder in _HELD:
        return
    with contextlib.ExitStack() as stack:
        # Without write access beside the folder, there is no lock.
        with contextlib.suppress(OSError):
            stack.enter_context(locked(folder))
        _HELD[folder] = stack.pop_all()


def release(folder: Path) -> None:
    """Unlocks the folder of a run."""
    held = _HELD.pop(folder.resolve(), None)
    if held is not None:
        held.close()


def discard_empty(folder: Path) -> None:
    """Removes the folder of a run if its record is the only file."""
    if {path.name for path in folder.rglob("*") if path.is_file()} == {RECORD}:
        shutil.rmtree(folder)


def complete(folder: Path, outcome: dict[str, Any]) -> None:
    """Adds the outcome to the record of a run."""
    path = folder / RECORD
    atomic.write_json(path, {**json.loads(path.read_text()), "outcome": outcome})


def save_example(source: Source, folder: Path) -> Path:
    """Writes the first image of `source` into the folder; returns its path."""
    example = next(iter(source.examples.take(1).as_numpy_iterator()))
    encoded = bytes(example["image"])
    with Image.open(BytesIO(encoded)) as image:
        suffix = (image.format or "img").lower()
    path = folder / f"example.{suffix}"
    return atomic.write_bytes(path, encoded)


def versions() -> dict[str, str]:
    """Returns the versions of everything that may affect the results."""
    return {
        "tfiqa": __version__,
        "python": platform.python_version(),
        "backend": keras.backend.backend(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        **{name: metadata.version(name) for name in PACKAGES},
    }


def _record(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text())
    except ValueError as error:
        raise ValueError(
            f"The record of a run is expected in {path}. Received: {error}"
        ) from error
    if not isinstance(record, dict):
        raise ValueError(
            f"The record of a run is expected in {path}. Received: a "
            f"{type(record).__name__}"
        )
    return record


def _check_same(facts: dict[str, Any], record: dict[str, Any], path: Path) -> None:
    differing = [name for name, value in facts.items() if record.get(name) != value]
    if differing:
        changes = "; ".join(
            f"{name} was {record.get(name)}, is {facts[name]}" for name in differing
        )
        raise ValueError(
            f"The settings differ from those in {path}; the run cannot be resumed: "
            f"{changes}"
        )
    if "outcome" in record:
        trainers.delete_state(path.parent)  # The run may have been killed before.
        raise ValueError(
            f"The run is complete: {path.parent / 'scorer.keras'}. Start over with "
            "--overwrite, or name another --output."
        )


def _remove(folder: Path) -> None:
    if not (folder / RECORD).exists():
        raise ValueError(
            f"`--overwrite` removes the folder of an earlier run, with a {RECORD} in "
            f"it. Received: {folder}"
        )
    shutil.rmtree(folder)
