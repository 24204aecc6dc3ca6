"""Scores and features of images, kept in files as soon as they are known.

A file belongs to one model and one set of images, by their digests. A run that was
killed leaves complete rows, and perhaps the beginning of one, which the next run drops.
"""

import csv
import dataclasses
import hashlib
import io
import os
import sys
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tfiqa.cli.progress import Progress
from tfiqa.files import atomic
from tfiqa.files.listing import pictures_below
from tfiqa.scoring.assessment import Assessment

COLUMNS = ("image_id", "status", "score", "width", "height")
BLOCK = 50  # Images between two writes of features.


@dataclasses.dataclass(frozen=True)
class Outcomes:
    """Scores of some images, and why others have none.

    Attributes:
        scores: float64 `(n,)`, NaN where there is none.
        statuses: One of `assessment.STATUSES` per image.
        sizes: Width and height in pixels, `(n, 2)`, 0 where they are not known.
    """

    scores: np.ndarray
    statuses: tuple[str, ...]
    sizes: np.ndarray

    @property
    def failures(self) -> dict[str, int]:
        """How many images have no score, by status."""
        failed = [status for status in self.statuses if status != "ok"]
        return {status: failed.count(status) for status in sorted(set(failed))}


class ScoreStore:
    """Assessments by image, in a CSV file, or in memory alone.

    Args:
        path: The file; its folder is made if missing. In memory if `None`.
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
        """Returns a mask of the images of which nothing is known, `(n,)`."""
        return np.array([one not in self._known for one in image_ids], bool)

    def add(self, image_ids: Iterable[str], assessments: Iterable[Assessment]) -> None:
        """Keeps assessments, each as soon as it comes."""
        with self._append() as file:
            table = csv.writer(file, lineterminator="\n")
            for image_id, one in zip(image_ids, assessments, strict=True):
                self._known[image_id] = one
                score = repr(float(one.score))
                table.writerow([image_id, one.status, score, one.width, one.height])
                file.flush()

    def outcomes(self, image_ids: Sequence[str] | np.ndarray) -> Outcomes:
        """Returns the scores of images that are not `missing`."""
        rows = [self._known[one] for one in image_ids]
        return Outcomes(
            np.array([one.score for one in rows], "float64"),
            tuple(one.status for one in rows),
            np.array([(one.width, one.height) for one in rows], int).reshape(-1, 2),
        )

    def _append(self):
        if self.path is None:
            return io.StringIO()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if not self.path.exists():
            atomic.write_text(self.path, f"{','.join(COLUMNS)}\n")
        return open(self.path, "a", encoding="utf-8", newline="")


class FeatureStore:
    """Features by image, in a folder of blocks, or in memory alone.

    An image without features has a row of NaN.

    Args:
        folder: The blocks are in it; made if missing. In memory if `None`.
    """

    def __init__(self, folder: Path | None):
        self.folder = folder
        self._known: dict[str, np.ndarray] = {}
        for path in sorted(folder.glob("*.npz")) if folder else []:
            with np.load(path) as block:
                self._keep(block["image_id"], block["features"])

    def missing(self, image_ids: Sequence[str] | np.ndarray) -> np.ndarray:
        """Returns a mask of the images of which nothing is known, `(n,)`."""
        return np.array([one not in self._known for one in image_ids], bool)

    def add(self, image_ids: Sequence[str], features: np.ndarray) -> None:
        """Keeps one block of features, `(n, d)`."""
        self._keep(image_ids, features)
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{len(list(self.folder.glob('*.npz'))) + 1:06d}.npz"
        with atomic.replacing(path) as written:
            np.savez(written, image_id=np.array(image_ids, np.str_), features=features)

    def features(self, image_ids: Sequence[str]) -> np.ndarray:
        """Returns float32 `(n, d)` of images that are not `missing`."""
        return np.stack([self._known[one] for one in image_ids])

    def _keep(self, image_ids, features) -> None:
        self._known |= dict(zip(map(str, image_ids), features, strict=True))


def with_progress(
    assessments: Iterable[Assessment], count: int, name: str
) -> Iterator[Assessment]:
    """Yields assessments, and shows on standard error how many of `count` are done."""
    print(f"{name}: {count} pictures to look at", file=sys.stderr, flush=True)
    progress = Progress(count)
    for done, assessment in enumerate(assessments, 1):
        yield assessment
        progress.show(done)


def model_folder(cache: Path, path: Path) -> Path:
    """Returns the folder of what a model predicts, by its content, not by its name."""
    return cache / f"{slug(path.stem)}-{digest(path)}"


def digest(path: str | os.PathLike[str]) -> str:
    """Returns the beginning of the SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def digest_images(path: Path) -> str:
    """Returns a digest of the images that are, or are below, a path."""
    paths = pictures_below(path) if path.is_dir() else [path]
    lines = "\n".join(f"{Path(one).name} {digest(one)}" for one in paths)
    return hashlib.sha256(lines.encode()).hexdigest()[:12]


def slug(name: str) -> str:
    """Returns a name that a file may have."""
    return "".join(c if c.isalnum() or c in "._-" else "-" for c in name)


def _drop_torn_row(path: Path) -> None:
    content = path.read_bytes()
    if not content.endswith(b"\n"):
        rows = content[: content.rfind(b"\n") + 1]
        atomic.write_bytes(path, rows or f"{','.join(COLUMNS)}\n".encode())


def _assessment(row: dict[str, str]) -> Assessment:
    return Assessment(
        row["status"], float(row["score"]), int(row["width"]), int(row["height"])
    )
