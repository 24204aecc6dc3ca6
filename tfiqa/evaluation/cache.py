"""What a model says of pictures, kept in files on the way, so that nothing is lost.

A file belongs to one model and one set of pictures, by their digests. Rows are added
as they are known; a run that was killed leaves whole rows, and perhaps the beginning
of one, which the next run drops.
"""

import csv
import dataclasses
import hashlib
import io
import os
from collections.abc import Iterable
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tfiqa.files.listing import pictures_below
from tfiqa.scoring.assessment import Assessment

COLUMNS = ("image_id", "status", "score", "width", "height")
BLOCK = 50  # Pictures between two writes of features.


@dataclasses.dataclass(frozen=True)
class Outcomes:
    """What came of some pictures.

    Attributes:
        scores: float64 `(n,)`, NaN where there is none.
        statuses: One of `assess.STATUSES` per picture.
        sizes: Width and height in pixels, `(n, 2)`, 0 where they are not known.
    """

    scores: np.ndarray
    statuses: tuple[str, ...]
    sizes: np.ndarray

    @property
    def failures(self) -> dict[str, int]:
        """How many pictures have no score, by status."""
        failed = [status for status in self.statuses if status != "ok"]
        return {status: failed.count(status) for status in sorted(set(failed))}


class ScoreStore:
    """Assessments by picture, in a CSV file, or in memory alone.

    Args:
        path: Of the file; its folder is made if missing. In memory if `None`.
    """

    def __init__(self, path: Path | None):
        self.path = path
        self._known: dict[str, Assessment] = {}
        if path is not None and path.exists():
            _drop_torn_row(path)
            with open(path, encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    self._known[row["image_id"]] = _assessment(row)

    def missing(self, image_ids: Sequence[str] | np.ndarray) -> np.ndarray:
        """Returns a mask of the pictures of which nothing is known, `(n,)`."""
        return np.array([one not in self._known for one in image_ids], bool)

    def add(self, image_ids: Iterable[str], found: Iterable[Assessment]) -> None:
        """Keeps what is found, one after the other."""
        file = self._opened()
        with file:
            table = csv.writer(file, lineterminator="\n")
            for image_id, one in zip(image_ids, found, strict=True):
                self._known[image_id] = one
                score = repr(float(one.score))
                table.writerow([image_id, one.status, score, one.width, one.height])
                file.flush()

    def outcomes(self, image_ids: Sequence[str] | np.ndarray) -> Outcomes:
        """Returns what is known of pictures of which something is known."""
        rows = [self._known[one] for one in image_ids]
        return Outcomes(
            np.array([one.score for one in rows], "float64"),
            tuple(one.status for one in rows),
            np.array([(one.width, one.height) for one in rows], int).reshape(-1, 2),
        )

    def _opened(self):
        if self.path is None:
            return io.StringIO()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if not self.path.exists():
            self.path.write_text(f"{','.join(COLUMNS)}\n")
        return open(self.path, "a", encoding="utf-8", newline="")


class FeatureStore:
    """Features by picture, in a folder of blocks, or in memory alone.

    A picture without features has a row of NaN.

    Args:
        folder: Of the blocks; made if missing. In memory if `None`.
    """

    def __init__(self, folder: Path | None):
        self.folder = folder
        self._known: dict[str, np.ndarray] = {}
        for path in sorted(folder.glob("*.npz")) if folder else []:
            with np.load(path) as block:
                self._keep(block["image_id"], block["features"])

    def missing(self, image_ids: Sequence[str] | np.ndarray) -> np.ndarray:
        """Returns a mask of the pictures of which nothing is known, `(n,)`."""
        return np.array([one not in self._known for one in image_ids], bool)

    def add(self, image_ids: Sequence[str], features: np.ndarray) -> None:
        """Keeps one block of features, `(n, d)`."""
        self._keep(image_ids, features)
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{len(list(self.folder.glob('*.npz'))) + 1:06d}.npz"
        temporary = path.with_suffix(".tmp")
        with temporary.open("wb") as file:
            np.savez(file, image_id=np.array(image_ids, np.str_), features=features)
        os.replace(temporary, path)

    def features(self, image_ids: Sequence[str]) -> np.ndarray:
        """Returns float32 `(n, d)` of pictures of which something is known."""
        return np.stack([self._known[one] for one in image_ids])

    def _keep(self, image_ids, features) -> None:
        self._known |= dict(zip(map(str, image_ids), features, strict=True))


def digest(path: str | os.PathLike[str]) -> str:
    """Returns the beginning of the SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def digest_of(path: Path) -> str:
    """Returns a digest of the pictures that are, or are below, a path."""
    paths = pictures_below(path) if path.is_dir() else [path]
    told = "\n".join(f"{Path(one).name} {digest(one)}" for one in paths)
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def _drop_torn_row(path: Path) -> None:
    content = path.read_bytes()
    if not content.endswith(b"\n"):
        whole = content[: content.rfind(b"\n") + 1]
        path.write_bytes(whole or f"{','.join(COLUMNS)}\n".encode())


def _assessment(row: dict[str, str]) -> Assessment:
    return Assessment(
        row["status"], float(row["score"]), int(row["width"]), int(row["height"])
    )
