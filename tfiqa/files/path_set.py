"""A set of paths for lists of millions."""

import hashlib
from collections import defaultdict

_BUCKET, _REST = 2, 10  # Bytes of a digest: which bucket it is in, and what is kept.


class PathSet:
    """A set of paths that keeps digests only: 12 bytes for each of millions.

    A digest has 96 bits. Of ten million paths, two have the same one with a probability
    of less than 1e-15.
    """

    def __init__(self):
        self._buckets: defaultdict[bytes, bytearray] = defaultdict(bytearray)
        self._count = 0

    def add(self, path: str) -> bool:
        """Adds a path; returns whether it is new."""
        bucket, rest = _digest(path)
        digests = self._buckets[bucket]
        if _holds(digests, rest):
            return False
        digests += rest
        self._count += 1
        return True

    def __contains__(self, path: str) -> bool:
        bucket, rest = _digest(path)
        return bucket in self._buckets and _holds(self._buckets[bucket], rest)

    def __len__(self) -> int:
        return self._count


def _digest(path: str) -> tuple[bytes, bytes]:
    # Paths need not be text.
    encoded = path.encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(encoded, digest_size=_BUCKET + _REST).digest()
    return digest[:_BUCKET], digest[_BUCKET:]


def _holds(digests: bytearray, rest: bytes) -> bool:
    """Returns whether a digest is among others, one after another."""
    found = digests.find(rest)
    while found > 0 and found % _REST:  # It begins inside of another one.
        found = digests.find(rest, found + 1)
    return found >= 0
