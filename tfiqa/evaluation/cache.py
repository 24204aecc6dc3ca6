"""Scores and features of images, stored in files as soon as they are known.

A file belongs to one model and one set of images, by their digests. A killed run leaves
complete rows, and at most one incomplete row, which the next run drops.
"""

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
from tfiqa.files.csv_rows import csv_line
from tfiqa.files.csv_rows import open_csv
from tfiqa.files.csv_rows import read_csv
from tfiqa.files.listing import images_below
from tfiqa.scoring.assessment import Assessment

COLUMNS = ("image_id", "status", "score", "width", "height")
_LONGEST = 80  # Longest name, in characters, inside a file name.
BLOCK = 50  # Number of images between two writes of features.


@dataclasses.dataclass(frozen=True)
class Outcomes:
    """Scores of some images, and why others have none.

    Attributes:
        scores: float64 `(n,)`, NaN where missing.
        statuses: One of `assessment.STATUSES` per image.
        sizes: Width and height in pixels, `(n, 2)`, 0 where unknown.
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
    """Assessments by image, in a CSV file or in memory.

    Args:
        path: The file; its folder is created if necessary. `None` for memory only.
    """

    def __init__(self, path: Path | None):
        self.path = path
        self._known: dict[str, Assessment] = {}
        if path is not None and path.exists():
            _drop_torn_row(path)
            for row in read_csv(path):
                self._known[row["image_id"]] = _assessment(row)

    def missing(self, image_ids: Sequence[str] | np.ndarray) -> np.ndarray:
        """Returns a mask of the images that are not stored, `(n,)`."""
        return np.array([image_id not in self._known for image_id in image_ids], bool)

    def add(self, image_ids: Iterable[str], assessments: Iterable[Assessment]) -> None:
        """Stores assessments, each as soon as it arrives."""
        with self._append() as file:
            for image_id, assessment in zip(image_ids, assessments, strict=True):
                self._known[image_id] = assessment
                score = repr(float(assessment.score))
                cells = [
                    image_id,
                    assessment.status,
                    score,
                    assessment.width,
                    assessment.height,
                ]
                file.write(csv_line(cells))
                file.flush()

    def outcomes(self, image_ids: Sequence[str] | np.ndarray) -> Outcomes:
        """Returns the scores of images that are not `missing`."""
        rows = [self._known[image_id] for image_id in image_ids]
        return Outcomes(
            np.array([row.score for row in rows], "float64"),
            tuple(row.status for row in rows),
            np.array([(row.width, row.height) for row in rows], int).reshape(-1, 2),
        )

    def _append(self):
        if self.path is None:
            return io.StringIO()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if not self.path.exists():
            atomic.write_text(self.path, f"{','.join(COLUMNS)}\n")
        return open_csv(self.path, "a")


class FeatureStore:
    """Features by image, in a folder of blocks or in memory.

    An image without features has a row of NaN.

    Args:
        folder: Folder of the blocks, created if necessary. `None` for memory only.
    """

    def __init__(self, folder: Path | None):
        self.folder = folder
        self._known: dict[str, np.ndarray] = {}
        for path in sorted(folder.glob("*.npz")) if folder else []:
            with np.load(path) as block:
                self._keep(block["image_id"], block["features"])

    def missing(self, image_ids: Sequence[str] | np.ndarray) -> np.ndarray:
        """Returns a mask of the images that are not stored, `(n,)`."""
        return np.array([image_id not in self._known for image_id in image_ids], bool)

    def add(self, image_ids: Sequence[str], features: np.ndarray) -> None:
        """Stores one block of features, `(n, d)`."""
        self._keep(image_ids, features)
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{len(list(self.folder.glob('*.npz'))) + 1:06d}.npz"
        with atomic.replacing(path) as written:
            np.savez(written, image_id=np.array(image_ids, np.str_), features=features)

    def features(self, image_ids: Sequence[str]) -> np.ndarray:
        """Returns float32 `(n, d)` of images that are not `missing`."""
        return np.stack([self._known[image_id] for image_id in image_ids])

    def _keep(self, image_ids, features) -> None:
        self._known |= dict(zip(map(str, image_ids), features, strict=True))


def with_progress(
    assessments: Iterable[Assessment], count: int, name: str
) -> Iterator[Assessment]:
    """Yields assessments, and shows on standard error how many of `count` are done."""
    print(f"{name}: {count} images to assess", file=sys.stderr, flush=True)
    progress = Progress(count)
    for done, assessment in enumerate(assessments, 1):
        yield assessment
        progress.show(done)


def model_folder(cache: Path, path: Path) -> Path:
    """Returns the folder of a model's predictions, named by its content."""
    return cache / f"{slug(path.stem)}-{digest(path)}"


def digest(path: str | os.PathLike[str]) -> str:
    """Returns the first 12 hexadecimal digits of the SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def digest_images(path: Path) -> str:
    """Returns a digest of an image file, or of all images below a folder."""
    paths = images_below(path) if path.is_dir() else [path]
    # Opening a pipe would block; only files have content to compare.
    paths = filter(os.path.isfile, paths)
    lines = "\n".join(f"{Path(path).name} {digest(path)}" for path in paths)
    return hashlib.sha256(lines.encode()).hexdigest()[:12]


def slug(name: str) -> str:
    """Returns a name that is safe for files; different names may become the same."""
    return "".join(c if c.isalnum() or c in "._-" else "-" for c in name)


def distinct_slug(name: str, *, allowed: str = "") -> str:
    """Returns a name that is safe for files, unique for each name.

    Args:
        name: Any text. A digest is appended if characters are replaced or cut off.
        allowed: Characters that are replaced without a digest.
    """
    changed = slug(name)
    same = all(a == b or a in allowed for a, b in zip(name, changed, strict=True))
    if same and len(changed) <= _LONGEST:
        return changed
    key = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{changed[:_LONGEST]}-{key}"


def _drop_torn_row(path: Path) -> None:
    content = path.read_bytes()
    if not content.endswith(b"\n"):
        rows = content[: content.rfind(b"\n") + 1]
        atomic.write_bytes(path, rows or f"{','.join(COLUMNS)}\n".encode())


def _assessment(row: dict[str, str]) -> Assessment:
    return Assessment(
        row["status"], float(row["score"]), int(row["width"]), int(row["height"])
    )
