"""Identity of the files that a dataset was prepared from.

TFDS reuses what it has prepared and never reads the source again; a fingerprint beside
the prepared files shows whether the source is still the same. It covers the dataset's
name and version, all relative file names and sizes, and the contents of the tables,
which hold the scores. Hidden files and the location of the folder do not count.
"""

import hashlib
import json
import os
from dataclasses import asdict
from dataclasses import dataclass
from pathlib import Path

from tfiqa.files import atomic

FILE_NAME = "source.json"

_TABLE_SUFFIXES = (".csv", ".jpgl", ".json", ".mat", ".tsv", ".txt", ".xls", ".xlsx")
_LITTER = frozenset({"Thumbs.db", "desktop.ini"})


@dataclass(frozen=True)
class Fingerprint:
    """Identifies a source.

    Attributes:
        name: Full name of the dataset, with configuration and version.
        sha256: Digest of everything below; equal if and only if the source is the same.
        folder: Folder of the source; None if the dataset was generated.
        files: Number of files.
        size: Total bytes of all files.
        tables: SHA-256 of each table by relative name.
    """

    name: str
    sha256: str
    folder: str | None = None
    files: int = 0
    size: int = 0
    tables: dict[str, str] | None = None


def of_name(name: str) -> Fingerprint:
    """Returns the fingerprint of a dataset without source files."""
    return Fingerprint(name=name, sha256=_digest([name]))


def of_folder(name: str, folder: Path, *, without: Path | None = None) -> Fingerprint:
    """Returns the fingerprint of the files below `folder`.

    Args:
        name: Full name of the dataset, with configuration and version.
        folder: Folder of the published files.
        without: A folder below `folder` whose files do not count.
    """
    folder = folder.resolve()
    sizes = {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in sorted(folder.rglob("*"))
        if os.path.isfile(path) and _counts(path.relative_to(folder))
        if without is None or not path.is_relative_to(without.resolve())
    }
    tables = {
        file: hashlib.sha256((folder / file).read_bytes()).hexdigest()
        for file in sizes
        if file.lower().endswith(_TABLE_SUFFIXES)
    }
    return Fingerprint(
        name=name,
        sha256=_digest([name, sorted(sizes.items()), sorted(tables.items())]),
        folder=str(folder),
        files=len(sizes),
        size=sum(sizes.values()),
        tables=tables,
    )


def read(folder: Path) -> Fingerprint:
    """Returns the fingerprint that `write` stored in `folder`.

    Raises:
        FileNotFoundError: If there is none.
    """
    return Fingerprint(**json.loads((folder / FILE_NAME).read_text("utf-8")))


def write(fingerprint: Fingerprint, folder: Path) -> None:
    """Stores the fingerprint in `folder`."""
    text = json.dumps(asdict(fingerprint), indent=2, ensure_ascii=False)
    atomic.write_text(folder / FILE_NAME, f"{text}\n")


def difference(old: Fingerprint, new: Fingerprint) -> str:
    """Returns a readable description of the differences between two sources."""
    before, now = old.tables or {}, new.tables or {}
    changed = [name for name in now if before.get(name, now[name]) != now[name]]
    removed = [name for name in before if name not in now]
    added = [name for name in now if name not in before]
    facts = [f"{name} differs" for name in changed[:3]]
    facts += [f"{name} is gone" for name in removed[:3]]
    facts += [f"{name} is new" for name in added[:3]]
    if (old.files, old.size) != (new.files, new.size):
        facts.append(f"{_amount(old)} before, {_amount(new)} now")
    return "; ".join(facts) or "names or sizes of files differ"


def _amount(fingerprint: Fingerprint) -> str:
    return f"{fingerprint.files:,} files of {fingerprint.size:,} bytes"


def _counts(path: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.parts)
    return not hidden and path.name not in _LITTER


def _digest(facts: list) -> str:
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()
