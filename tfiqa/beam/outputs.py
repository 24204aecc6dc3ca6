"""An output folder: rows, manifests, and what is complete.

| name | what it is |
|---|---|
| `settings.json` | what all rows depend on besides the images |
| `data/` | files with rows; only those in manifests count |
| `manifests/` | one file for each published shard |
| `plan/` | the shards of a run that has not ended |
| `report.json` | statuses and quantiles of the last run |
| `kept.txt` | the images that `--keep` lets pass |
| `_SUCCESS` | the manifests that count, once every input is in exactly one output |
"""

import contextlib
import json
import uuid
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tfiqa.beam import storage
from tfiqa.beam.manifests import Manifest
from tfiqa.beam.manifests import chosen
from tfiqa.beam.row_files import read_rows

DATA, MANIFESTS, PLAN = "data", "manifests", "plan"
SETTINGS, SUCCESS, REPORT, KEPT = "settings.json", "_SUCCESS", "report.json", "kept.txt"
_READERS = 16  # Threads that read manifests, since object stores answer slowly.


class Output:
    """The folder that a command writes.

    Args:
        folder: Local, or on any file system of Beam.
    """

    def __init__(self, folder: str):
        self.folder = folder.rstrip("/") or folder

    def path(self, *names: str) -> str:
        """Returns a path in the folder."""
        return storage.join(self.folder, *names)

    def bind(self, settings: Mapping[str, Any]) -> None:
        """Binds the folder to settings, or checks that it is bound to the same.

        Raises:
            ValueError: If it holds the rows of other settings.
            OSError: If it cannot be written.
        """
        known = self.settings()
        if known is None:
            content = json.dumps(dict(settings), indent=2, sort_keys=True)
            storage.write_bytes(self.path(SETTINGS), f"{content}\n".encode())
            return
        names = sorted({*known, *settings})
        other = [name for name in names if known.get(name) != settings.get(name)]
        if other:
            raise ValueError(
                "A folder with rows of the same model and settings, or a new one, is "
                f"expected. Received: {self.folder}, whose rows have another "
                f"{', '.join(other)}"
            )

    def settings(self) -> dict[str, Any] | None:
        """Returns the settings that the folder is bound to; None if it is new."""
        if SETTINGS not in storage.sizes_in(self.folder):
            return None
        return json.loads(storage.read_bytes(self.path(SETTINGS)))

    def published(self) -> dict[str, tuple[str, Manifest]]:
        """Returns the name and the manifest that count for each shard, by work.

        Manifests that are damaged, or whose files are missing, do not count.
        """
        known = dict(self._manifests(storage.sizes_in(self.path(MANIFESTS))))
        best = chosen(known, storage.sizes_in(self.path(DATA)))
        return {work: (name, known[name]) for work, name in best.items()}

    def complete(self) -> list[Manifest] | None:
        """Returns the manifests that `_SUCCESS` names; None without it."""
        if SUCCESS not in storage.sizes_in(self.folder):
            return None
        names = json.loads(storage.read_bytes(self.path(SUCCESS)))["manifests"]
        return [manifest for _, manifest in self._manifests(names)]

    def succeed(self, names: Iterable[str], facts: Mapping[str, Any]) -> None:
        """Writes `_SUCCESS`, which names the manifests that count."""
        content = json.dumps({**facts, "manifests": sorted(names)}, indent=1)
        storage.write_bytes(self.path(SUCCESS), f"{content}\n".encode())

    def begin(self) -> None:
        """Removes `_SUCCESS`, since more rows are to come."""
        storage.delete([self.path(SUCCESS)])

    def forget_plans(self) -> None:
        """Removes the plans of this run and of killed ones."""
        names = storage.sizes_in(self.path(PLAN))
        storage.delete(self.path(PLAN, name) for name in names)

    def remove_leftovers(self, counting: Iterable[tuple[str, Manifest]]) -> int:
        """Removes what killed and repeated attempts left; returns how many files.

        Args:
            counting: The names and the manifests of all shards that count.
        """
        keep = list(counting)
        manifests = {name for name, _ in keep}
        files = {manifest.file for _, manifest in keep}
        left = [
            self.path(MANIFESTS, name)
            for name in storage.sizes_in(self.path(MANIFESTS))
            if name not in manifests
        ]
        left += [
            self.path(DATA, name)
            for name in storage.sizes_in(self.path(DATA))
            if name not in files
        ]
        storage.delete(left)
        return len(left)

    def _manifests(self, names: Iterable[str]) -> Iterator[tuple[str, Manifest]]:
        names = list(names)
        with ThreadPoolExecutor(_READERS) as threads:
            for name, manifest in zip(names, threads.map(self._read, names)):  # noqa: B905
                if manifest is not None:
                    yield name, manifest

    def _read(self, name: str) -> Manifest | None:
        with contextlib.suppress(OSError):
            return Manifest.decoded(storage.read_bytes(self.path(MANIFESTS, name)))
        return None


def unique(work: str, suffix: str) -> str:
    """Returns a name that no other attempt at a shard uses."""
    return f"{work}-{uuid.uuid4().hex[:12]}{suffix}"


def read_published(
    folder: str, *, partial: bool = False, columns: Iterable[str] | None = None
) -> Iterator[dict[str, Any]]:
    """Yields all rows of an output folder, each image once.

    Args:
        folder: The folder that a command of this package wrote.
        partial: Whether to read what is published of a run that has not ended.
        columns: The columns to read, where that is faster; all when None.

    Raises:
        FileNotFoundError: If the folder is not complete, and `partial` is false.
    """
    output = Output(folder)
    settings, manifests = output.settings(), output.complete()
    if settings is None or (manifests is None and not partial):
        raise FileNotFoundError(
            "The folder of a complete run is expected. Received: "
            f"{folder} without {SUCCESS if settings else SETTINGS}"
        )
    if manifests is None:
        manifests = [manifest for _, manifest in output.published().values()]
    names = None if columns is None else list(columns)
    for manifest in sorted(manifests, key=lambda one: one.source):
        if manifest.file:
            path = output.path(DATA, manifest.file)
            yield from read_rows(path, settings["format"], names)
