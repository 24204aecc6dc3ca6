"""A prepared database with the images of all its parts."""

import dataclasses
import os
from collections.abc import Callable
from collections.abc import Iterator

import numpy as np

from tfiqa.data import prepared
from tfiqa.data.image_size import resized_parts
from tfiqa.data.load import Source
from tfiqa.data.load import Splits
from tfiqa.data.load import load
from tfiqa.data.subsets import PARTS
from tfiqa.data.subsets import all_parts
from tfiqa.data.subsets import column
from tfiqa.data.subsets import contents
from tfiqa.evaluation.cache import slug
from tfiqa.evaluation.divisions import Division


@dataclasses.dataclass(frozen=True, eq=False)
class Database:
    """The three parts of a database, concatenated.

    Attributes:
        source: All images, in the order of the arrays below.
        references: Content of each image; its own id if it has no reference.
        distortions: Type of each image, `None` if the database states none.
        parts: Rows of `"train"`, `"validation"`, `"test"`, and of `"all"`.
        official: Whether the division is that of its authors.
        fingerprint: SHA-256 of its source.
        divided: Whether there is a division of its authors that is not used.
    """

    source: Source
    references: np.ndarray
    distortions: np.ndarray | None
    parts: dict[str, np.ndarray]
    official: bool
    fingerprint: str
    divided: bool = False

    @property
    def name(self) -> str:
        """The name of the dataset."""
        return self.source.name

    @property
    def key(self) -> str:
        """A name for files, which changes with the content."""
        size = self.source.image_size
        at = "" if size is None else f"-at-{slug(size)}"
        return f"{slug(self.name)}-{self.fingerprint[:12]}{at}"

    @property
    def mos(self) -> np.ndarray:
        """float32 `(n,)`, higher is better."""
        return self.source.scores

    @property
    def image_ids(self) -> np.ndarray:
        """Ids of the images, text `(n,)`."""
        return np.array(self.source.image_ids, np.str_)

    @property
    def division(self) -> Division:
        """Training, validation and test rows."""
        return self.parts["train"], self.parts["validation"], self.parts["test"]

    def encoded(self, rows: np.ndarray) -> Iterator[bytes]:
        """Yields the published bytes of the images, given ascending rows."""
        chosen = np.zeros(self.source.count, bool)
        chosen[rows] = True
        images = self.source.examples.map(lambda row: row["image"])
        last = int(np.max(rows, initial=-1)) + 1
        for row, image in enumerate(images.take(last).as_numpy_iterator()):
            if chosen[row]:
                yield bytes(image)

    def readers(self, rows: np.ndarray) -> Iterator[Callable[[], bytes]]:
        """Yields functions that return these bytes, for `scoring.assessment`."""
        return ((lambda encoded=encoded: encoded) for encoded in self.encoded(rows))


def open_database(
    name: str,
    *,
    data_dir: str | os.PathLike[str] | None = None,
    split_seed: int = 0,
    divisions: str = "official",
    image_size: str | None = None,
) -> Database:
    """Opens a prepared dataset with scores; raises the errors of `load`.

    Args:
        name: See `load`.
        data_dir: See `load`.
        split_seed: See `load`.
        divisions: See `load`.
        image_size: See `data.image_size`; None for the published size.
    """
    splits = load(name, data_dir=data_dir, split_seed=split_seed, divisions=divisions)
    parts = prepared.opened(name, data_dir=data_dir).info.splits
    official = len(parts) > 1 and divisions == "official"
    database = of_splits(resized_parts(splits, image_size), official=official)
    divided = len(parts) > 1 and divisions == "random"
    return dataclasses.replace(database, divided=divided)


def of_splits(splits: Splits, *, official: bool = False) -> Database:
    """Returns a database from its three parts."""
    source = all_parts(splits)
    ends = np.cumsum([0, *(getattr(splits, part).count for part in PARTS)])
    parts = {
        part: np.arange(first, last)
        for part, first, last in zip(PARTS, ends[:-1], ends[1:], strict=True)
    }
    distortions = column(source, "distortion")
    if distortions is not None:
        distortions = np.where(distortions == "", "pristine", distortions)
    return Database(
        source=source,
        references=contents(source),
        distortions=distortions,
        parts={**parts, "all": np.arange(source.count)},
        official=official,
        fingerprint=splits.fingerprint,
    )
