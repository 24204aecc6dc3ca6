"""A divided dataset as one source again, or all of it for training."""

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from tfiqa.data import splits as divisions
from tfiqa.data.load import Source
from tfiqa.data.load import Splits
from tfiqa.data.reading import Chosen
from tfiqa.data.reading import Joined
from tfiqa.data.reading import Reader
from tfiqa.data.stored_versions import concatenated

PARTS = ("train", "validation", "test")


def all_parts(splits: Splits) -> Source:
    """Returns training, validation and test images as one source."""
    return joined([getattr(splits, part) for part in PARTS])


def joined(parts: Sequence[Source]) -> Source:
    """Returns parts of one dataset as one source, one part after the other."""
    examples = [source.examples for source in parts]
    return dataclasses.replace(
        parts[0],
        examples=functools.reduce(tf.data.Dataset.concatenate, examples),
        count=sum(source.count for source in parts),
        mos=np.concatenate([source.scores for source in parts]),
        image_ids=tuple(image_id for source in parts for image_id in source.image_ids),
        reader=_joined_reader(parts),
        versions=concatenated([source.versions for source in parts]),
    )


def for_training(splits: Splits, *, seed: int) -> tuple[Source, Source]:
    """Returns all images, for training on one database and testing on another.

    Args:
        splits: Parts of the database.
        seed: Seed that draws the eighth of the contents for validation.

    Returns:
        Training and validation images, in the order of `all_parts`.
    """
    source = all_parts(splits)
    train, validation = divisions.two_way(contents(source), seed=seed)
    return chosen(source, train), chosen(source, validation)


def chosen(source: Source, rows: np.ndarray) -> Source:
    """Returns the images at ascending row indices."""
    kept = np.zeros(source.count, bool)
    kept[rows] = True
    numbered = source.examples.enumerate()
    selected = numbered.filter(lambda *pair: tf.gather(kept, pair[0]))
    examples = selected.map(lambda _, example: example)
    return dataclasses.replace(
        source,
        examples=examples.apply(tf.data.experimental.assert_cardinality(len(rows))),
        count=len(rows),
        mos=source.scores[rows],
        image_ids=tuple(source.image_ids[row] for row in rows),
        reader=None if source.reader is None else Chosen(source.reader, rows),
        versions=source.versions and source.versions.of(rows),
    )


def contents(source: Source) -> np.ndarray:
    """Returns the reference content of each image; see `splits.contents_of`."""
    ids = np.array(source.image_ids, np.str_)
    return divisions.contents_of(ids, column(source, "reference_id"))


def column(source: Source, key: str) -> np.ndarray | None:
    """Returns the text values under a key of the examples, `None` if it is missing."""
    spec = source.examples.element_spec
    if not isinstance(spec, dict) or key not in spec:
        return None
    rows = source.examples.map(lambda row: row[key]).as_numpy_iterator()
    return np.array([bytes(value).decode() for value in rows], np.str_)


def _joined_reader(parts: Sequence[Source]) -> Reader | None:
    readers = [source.reader for source in parts if source.reader is not None]
    if len(readers) < len(parts):
        return None
    return Joined(tuple(readers), tuple(source.count for source in parts))


def attributes(source: Source) -> dict[str, np.ndarray]:
    """Returns the published attributes of each image by name, float32 `(n,)`.

    NaN marks those of images that the database does not describe. The result is empty
    if it describes none.
    """
    spec = source.examples.element_spec
    if not isinstance(spec, dict) or "attributes" not in spec:
        return {}
    rows = source.examples.map(lambda row: row["attributes"]).as_numpy_iterator()
    values = np.stack(list(rows), axis=1).astype(np.float32)
    return dict(zip(source.attributes, values, strict=True))
