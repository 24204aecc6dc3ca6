"""Units of work: shards of the input, named by what they are.

The name of a shard is a digest of what it lists and of the settings of the model, so a
second run finds what an earlier one has published, whatever else there is in the input.
"""

import dataclasses
import hashlib
import json
from collections.abc import Iterable
from collections.abc import Iterator

IMAGES, TFRECORD, PARQUET, TFDS = "images", "tfrecord", "parquet", "tfds"
KINDS = (IMAGES, TFRECORD, PARQUET, TFDS)

# A shard of single images ends at the latest after this many times the mean size.
_LONGEST = 4


@dataclasses.dataclass(frozen=True)
class Work:
    """A shard of the input, which one worker processes and publishes as a whole.

    Attributes:
        settings: Fingerprint of the model and its settings; see `settings`.
        kind: One of `KINDS`.
        source: A file of records, or `NAME:SPLIT` of a dataset; empty for `IMAGES`.
        keys: The paths of the images; empty for other kinds.
        identity: What distinguishes versions of the source: size and time of a file.
        index: Number of the shard in a dataset.
    """

    settings: str
    kind: str
    source: str = ""
    keys: tuple[str, ...] = ()
    identity: str = ""
    index: int = 0

    @property
    def name(self) -> str:
        """The name of the work, 32 hexadecimal digits; equal for equal work."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:32]

    @property
    def expected(self) -> int | None:
        """Number of images; None if it is known only once the source has been read."""
        return len(self.keys) if self.kind == IMAGES else None

    def describe(self) -> str:
        """Returns a few words for the user."""
        if self.kind == IMAGES:
            return f"{len(self.keys)} images from {self.keys[0]}"
        return (
            f"{self.source}, shard {self.index}" if self.kind == TFDS else self.source
        )

    def to_json(self) -> str:
        """Returns the work as one line of JSON, in ASCII."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, line: str | bytes) -> "Work":
        """Returns the work of a line that `to_json` wrote."""
        fields = json.loads(line)
        return cls(**{**fields, "keys": tuple(fields["keys"])})


def chunked(paths: Iterable[str], mean: int, settings: str) -> Iterator[Work]:
    """Yields the shards of a list of images, in order.

    A shard ends after a path whose digest says so. If images are added to the list or
    removed from it, only their own shards change, and the others keep their names.

    Args:
        paths: The images.
        mean: Mean number of images in a shard, 1 or more.
        settings: Fingerprint of the model and its settings.
    """
    chunk: list[str] = []
    for path in paths:
        chunk.append(path)
        if len(chunk) >= _LONGEST * mean or _digest(path) % mean == 0:
            yield Work(settings, IMAGES, keys=tuple(chunk))
            chunk = []
    if chunk:
        yield Work(settings, IMAGES, keys=tuple(chunk))


def keys_digest() -> "hashlib._Hash":
    """Returns the digest to which `add_key` adds the keys of rows, in order."""
    return hashlib.sha256()


def add_key(digest: "hashlib._Hash", key: str) -> None:
    """Adds the key of one row to a digest."""
    digest.update(key.encode("utf-8", "surrogatepass") + b"\0")


def digest_of_keys(keys: Iterable[str]) -> str:
    """Returns the digest of keys in this order, in hexadecimal."""
    digest = keys_digest()
    for key in keys:
        add_key(digest, key)
    return digest.hexdigest()


def _digest(path: str) -> int:
    encoded = path.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(encoded).digest()[:8], "big")
