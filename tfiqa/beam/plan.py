"""The plan of a run: its shards, one line each, read by workers where they need it.

Shards name thousands of paths. A pipeline carries only where the line of each is.
"""

import dataclasses
import tempfile
from collections.abc import Iterable
from collections.abc import Iterator

from tfiqa.beam import storage
from tfiqa.beam.work import Work


@dataclasses.dataclass(frozen=True)
class Place:
    """Where the line of a shard is in a plan.

    Attributes:
        plan: Path of the plan.
        start: First byte of the line.
        length: Bytes of the line.
    """

    plan: str
    start: int
    length: int

    def work(self) -> Work:
        """Returns the shard."""
        with storage.opened(self.plan) as file:
            file.seek(self.start)
            return Work.from_json(file.read(self.length))


def write(path: str, works: Iterable[Work]) -> int:
    """Writes a plan; returns the number of its shards.

    Args:
        path: The file.
        works: The shards, of which one at a time is in memory.
    """
    count = 0
    with tempfile.TemporaryFile() as scratch:
        for work in works:
            scratch.write(f"{work.to_json()}\n".encode())
            count += 1
        scratch.seek(0)
        file = storage.HashedFile(path)
        while block := scratch.read(1 << 20):
            file.write(block)
        file.finish()
    return count


def places(path: str) -> Iterator[Place]:
    """Yields where the lines of a plan are."""
    start = 0
    with storage.opened(path) as file:
        for line in file:
            yield Place(path, start, len(line))
            start += len(line)
