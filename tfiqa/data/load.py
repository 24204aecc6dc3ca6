"""Loads prepared datasets, with or without a division into three parts.

Official parts are kept; if there is no official validation part, it is an eighth of the
training contents. Everything else, and everything if divisions are to be random, is
divided 70/10/20 by reference content. Scores are
reversed here, once, where higher is worse.
"""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from tfiqa import __version__
from tfiqa.data import fingerprint
from tfiqa.data import prepared
from tfiqa.data import records
from tfiqa.data import splits
from tfiqa.data import stored_versions
from tfiqa.data.reading import Chosen
from tfiqa.data.reading import Held
from tfiqa.data.reading import Reader
from tfiqa.data.records import Records
from tfiqa.data.stored_versions import StoredVersions


@dataclass(frozen=True)
class Source:
    """Examples in a fixed order, with what training needs to know in advance.

    Attributes:
        name: Name of the dataset.
        examples: Dicts of scalars and vectors: `image` (the encoded bytes), `image_id`,
            `mos` (float32, higher is better), and other known facts about the image.
            The order is the same in every pass, and in the arrays below.
        count: Number of examples.
        mos: float32 `(count,)`, higher is better; None if there are no scores.
        image_ids: One per example.
        mos_range: The worst and the best possible score; None if not stated.
        mean_bytes: Average size of an encoded example, to bound a shuffle buffer.
        unit: Unit of a score, for people.
        total: Number of images of the complete dataset; None if not known.
        image_size: Size to which the images were resized; see `image_size`. None if
            they are as published.
        reader: Reads the image of each example, encoded or decoded; None if the files
            allow no random access.
        versions: What was done to each image; None if the dataset stores no types of
            distortions.
        attributes: Names of what the vector `attributes` of an example holds.
    """

    name: str
    examples: tf.data.Dataset
    count: int
    mos: np.ndarray | None
    image_ids: tuple[str, ...]
    mos_range: tuple[float, float] | None
    mean_bytes: int
    unit: str = "MOS"
    total: int | None = None
    image_size: str | None = None
    reader: Reader | None = None
    versions: StoredVersions | None = None
    attributes: tuple[str, ...] = ()

    def __getstate__(self) -> dict[str, Any]:
        """What is copied to other processes: everything but `examples`."""
        return {**vars(self), "examples": None, "reader": self.random_access()}

    def random_access(self) -> Reader:
        """Returns `reader`, or a function that holds all encoded images in memory."""
        if self.reader is not None:
            return self.reader
        images = self.examples.map(lambda row: row["image"])
        return Held([bytes(image) for image in images.as_numpy_iterator()])

    @property
    def scores(self) -> np.ndarray:
        """`mos`; raises `ValueError` if there are no scores."""
        if self.mos is None:
            raise ValueError(f"Scored images are expected. Received: {self.name!r}")
        return self.mos

    def description(self) -> dict[str, Any]:
        """Returns the metadata that a scorer trained on these examples carries.

        If the dataset does not state the range of its scores, the observed range is
        used.
        """
        observed = (float(self.scores.min()), float(self.scores.max()))
        return {
            "dataset": self.name,
            "mos_range": list(self.mos_range or observed),
            "unit": self.unit,
            "version": __version__,
        }


@dataclass(frozen=True)
class Splits:
    """The three parts of a dataset, and the SHA-256 of its source."""

    train: Source
    validation: Source
    test: Source
    fingerprint: str


def load(
    name: str,
    *,
    data_dir: str | os.PathLike[str] | None = None,
    split_seed: int = 0,
    divisions: str = "official",
) -> Splits:
    """Opens a prepared dataset with scores.

    Args:
        name: A folder of `datasets/`, optionally with a configuration, or any dataset
            of TFDS whose examples have the keys `image`, `image_id` and `mos`.
        data_dir: Folder of prepared datasets; TFDS's default when None.
        split_seed: Seed that draws the contents of the parts; reports use 0 to 9.
        divisions: `"official"` for the official parts, if there are any; `"random"` to
            divide all images by content in any case.

    Raises:
        FileNotFoundError: If it is not prepared; names the command that prepares it.
        ValueError: If the name is unknown, there are no scores, some are not numbers,
            all are the same, or there are too few contents to divide.
    """
    builder = prepared.opened(name, data_dir=data_dir)
    rows = records.read(builder)
    if rows.mos is None:
        raise ValueError(
            f"Scored images, with the key 'mos', are expected. Received: {name!r}, "
            f"whose keys are {sorted(builder.info.features)}"
        )
    try:
        parts = _parts(rows, seed=split_seed, divisions=divisions)
    except ValueError as error:
        raise ValueError(f"{name} cannot be divided. {error}") from error
    train, validation, test = (
        _source(name, builder, rows, rows.mos, part) for part in parts
    )
    return Splits(train, validation, test, _fingerprint(builder))


def load_images(
    name: str,
    *,
    data_dir: str | os.PathLike[str] | None = None,
    part: str | None = None,
    ids: Sequence[str] | None = None,
) -> Source:
    """Opens the images of a prepared dataset, without scores.

    Args:
        name: As for `load`; scores are ignored.
        data_dir: Folder of prepared datasets; TFDS's default when None.
        part: A TFDS split, such as `unlabeled`; all splits when None.
        ids: Only images with these ids; all when None.

    Raises:
        FileNotFoundError: If it is not prepared; names the command that prepares it.
        ValueError: If the name is unknown, or the dataset has no such part or image.
    """
    builder = prepared.opened(name, data_dir=data_dir)
    if part is not None and part not in builder.info.splits:
        raise ValueError(
            f"One of the parts {list(builder.info.splits)} of {name} is expected. "
            f"Received: part={part!r}"
        )
    rows = records.read(builder)
    chosen = np.arange(len(rows.ids))
    if part is not None:
        chosen = np.flatnonzero(rows.splits == part)
    if ids is not None:
        chosen = chosen[np.isin(rows.ids[chosen], np.array(ids, np.str_))]
    if not len(chosen):
        raise ValueError(f"Images are expected. Received: none of {name} are chosen")
    source = _source(name, builder, rows, None, chosen)
    return replace(
        source, examples=source.examples.map(_without_scores), mos_range=None
    )


def _parts(
    rows: Records, *, seed: int, divisions: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns the row indices of training, validation and test."""
    names = set(rows.splits.tolist())
    if len(names) == 1 or divisions == "random":
        return splits.three_way(rows.references, seed=seed)
    if names not in ({"train", "test"}, {"train", "validation", "test"}):
        raise ValueError(
            "One TFDS split, or train and test with or without validation, is "
            f"expected. Received: {sorted(names)}"
        )
    train, validation, test = (
        np.flatnonzero(rows.splits == part) for part in ("train", "validation", "test")
    )
    if len(validation) == 0:
        kept, held_out = splits.two_way(rows.references[train], seed=seed)
        train, validation = train[kept], train[held_out]
    return train, validation, test


def _source(
    name: str,
    builder: tfds.core.DatasetBuilder,
    rows: Records,
    mos: np.ndarray | None,
    chosen: np.ndarray,
) -> Source:
    metadata = dict(builder.info.metadata or {})
    bounds = metadata.get("range")
    mos_range = None if bounds is None else (float(bounds[0]), float(bounds[1]))
    examples = records.examples(builder, rows, chosen)
    mos = None if mos is None else mos[chosen]
    if mos is not None and not metadata.get("higher_is_better", True):
        if mos_range is None:
            raise ValueError(
                "A 'range' is expected, to reverse the scores. "
                f"Received: metadata={metadata}"
            )
        total = np.float32(sum(mos_range))
        examples = examples.map(lambda row: {**row, "mos": total - row["mos"]})
        mos = total - mos
        metadata["unit"] = f"turned {metadata.get('unit', 'DMOS')}"
    infos = [builder.info.splits[split] for split in np.unique(rows.splits[chosen])]
    size = sum(info.num_bytes for info in infos)
    versions = stored_versions.of_columns(
        name, rows.distortions, rows.levels, rows.references
    )
    return Source(
        name=name,
        examples=examples,
        count=len(chosen),
        mos=mos,
        image_ids=tuple(rows.ids[chosen].tolist()),
        mos_range=mos_range,
        mean_bytes=math.ceil(size / sum(info.num_examples for info in infos)),
        unit=metadata.get("unit", "MOS"),
        total=len(rows.ids),
        reader=None if rows.reader is None else Chosen(rows.reader, chosen),
        versions=None if versions is None else versions.of(chosen),
        attributes=tuple(metadata.get("attributes", ())),
    )


def _without_scores(row: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    return {key: value for key, value in row.items() if not key.startswith("mos")}


def _fingerprint(builder: tfds.core.DatasetBuilder) -> str:
    folder = Path(builder.data_dir)
    if (folder / fingerprint.FILE_NAME).exists():
        return fingerprint.read(folder).sha256
    facts = [builder.info.full_name, *map(str, builder.info.splits.values())]
    return fingerprint.of_name("\n".join(facts)).sha256
