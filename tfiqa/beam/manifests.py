"""Manifests: a shard is published once its manifest is complete.

A manifest names the file with the rows of a shard, their number and its checksum.
Readers trust manifests, not the names of files: what a killed or repeated attempt left
has no manifest, or a second one, of which `chosen` takes only one. Object stores have
no rename, so nothing here needs one: a manifest contains its own checksum, and half a
manifest is none.
"""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Any


@dataclasses.dataclass(frozen=True)
class Manifest:
    """What one attempt at a shard has published.

    Attributes:
        work: Name of the shard.
        source: What the shard is, for people.
        file: Name of the file with its rows; empty if it has none.
        rows: Number of rows.
        statuses: Number of rows by status.
        size: Bytes of the file.
        sha256: Checksum of the file.
        keys: Digest of the keys of the rows, in order.
        scores: Sketch of the scores; see `sketch`.
        reason: Why the shard could not be read, or not completely; usually empty.
    """

    work: str
    source: str
    file: str
    rows: int
    statuses: dict[str, int]
    size: int
    sha256: str
    keys: str
    scores: dict[str, Any] = dataclasses.field(default_factory=dict)
    reason: str = ""

    def encoded(self) -> bytes:
        """Returns the manifest as one line of JSON with its own checksum."""
        fields = json.dumps(dataclasses.asdict(self), sort_keys=True)
        return f'{{"sha256": "{_sha256(fields)}", "manifest": {fields}}}\n'.encode()

    @classmethod
    def decoded(cls, content: bytes) -> "Manifest | None":
        """Returns the manifest that `encoded` wrote; None if it is not intact."""
        try:
            outer = json.loads(content)
            fields = outer["manifest"]
            if _sha256(json.dumps(fields, sort_keys=True)) != outer["sha256"]:
                return None
            return cls(**fields)
        except (KeyError, TypeError, ValueError):
            return None


def chosen(
    manifests: Mapping[str, Manifest], sizes: Mapping[str, int]
) -> dict[str, str]:
    """Returns the name of the one manifest that counts for each shard, by work.

    A manifest without its file, or with a file of another size, does not count. Of
    several, a complete one counts, then the one with more rows, then the first by name.

    Args:
        manifests: Manifests by their file name.
        sizes: Bytes of the files with rows, by name.
    """
    best: dict[str, tuple[bool, int, str]] = {}
    for name, manifest in manifests.items():
        if manifest.file and sizes.get(manifest.file) != manifest.size:
            continue
        rank = (bool(manifest.reason), -manifest.rows, name)
        best[manifest.work] = min(best.get(manifest.work, rank), rank)
    return {work: name for work, (_, _, name) in best.items()}


def faults(
    planned: Mapping[str, int | None],
    published: Mapping[str, Manifest],
    digests: Mapping[str, str],
) -> list[str]:
    """Returns why not every input is in exactly one published output; empty if it is.

    Args:
        planned: Number of images of each planned shard by name, None if unknown.
        published: The chosen manifest of each shard.
        digests: Digest of the keys of each planned shard, where they are known.
    """
    found: list[str] = []
    files: dict[str, str] = {}
    for work, expected in planned.items():
        manifest = published.get(work)
        if manifest is None:
            found.append(f"shard {work} is not published")
            continue
        if manifest.reason:
            found.append(f"{manifest.source}: {manifest.reason}")
        elif expected not in (None, manifest.rows):
            found.append(f"{manifest.source}: {manifest.rows} rows, not {expected}")
        elif digests.get(work, manifest.keys) != manifest.keys:
            found.append(f"{manifest.source}: its rows are of other images")
        if manifest.rows != sum(manifest.statuses.values()):
            found.append(f"{manifest.source}: its statuses do not add up")
        if manifest.file and files.setdefault(manifest.file, work) != work:
            found.append(f"{manifest.file} holds the rows of two shards")
    return found


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
