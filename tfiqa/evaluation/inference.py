"""Looking at the pictures of a database: once each, told on the way."""

import sys
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tfiqa.cli.progress import Progress
from tfiqa.evaluation.cache import BLOCK
from tfiqa.evaluation.cache import FeatureStore
from tfiqa.evaluation.cache import digest
from tfiqa.evaluation.databases import Database
from tfiqa.scoring.assessment import Assessment
from tfiqa.scoring.assessment import assess


def describe(
    read: Callable[[np.ndarray], np.ndarray],
    length: int,
    database: Database,
    rows: np.ndarray,
    store: FeatureStore,
    name: str,
) -> None:
    """Adds what `read` says of the pictures of some rows to a store.

    Args:
        read: From a picture to `(length,)`.
        length: Of what it says.
        database: Whose pictures these are.
        rows: Ascending.
        store: A picture that does not decode has NaN there.
        name: Of what is described, for people.
    """
    found: list[np.ndarray] = []

    def predict(picture: np.ndarray) -> float:
        found.append(np.asarray(read(picture), np.float32))
        return 0.0  # Flat pictures have features too.

    block = []
    outcomes = assess(readers(database, rows), predict)
    ids = database.image_ids[rows].tolist()
    for outcome in told(outcomes, len(rows), f"features of {name}, {database.name}"):
        there = outcome.status == "ok"
        block.append(found.pop() if there else np.full(length, np.nan, np.float32))
        if len(block) == BLOCK or len(ids) == len(block):
            store.add(ids[: len(block)], np.stack(block))
            ids, block = ids[len(block) :], []


def readers(database: Database, rows: np.ndarray) -> Iterator[Callable[[], bytes]]:
    """Yields functions that return the bytes of the pictures of ascending rows."""
    return ((lambda encoded=encoded: encoded) for encoded in database.encoded(rows))


def told(found: Iterable[Assessment], count: int, name: str) -> Iterator[Assessment]:
    """Yields what is found and tells how far it is, on standard error."""
    print(f"{name}: {count} pictures to look at", file=sys.stderr, flush=True)
    progress = Progress(count)
    for done, one in enumerate(found, 1):
        yield one
        progress.show(done)


def key_of(database: Database) -> str:
    """Returns a name of a database that changes with its content."""
    return f"{plain(database.name)}-{database.fingerprint[:12]}"


def folder_of(path: Path, cache: Path) -> Path:
    """Returns where is kept what a model says, whatever it is called."""
    return cache / f"{plain(path.stem)}-{digest(path)}"


def plain(name: str) -> str:
    """Returns a name that a file may have."""
    return "".join(c if c.isalnum() or c in "._-" else "-" for c in name)
