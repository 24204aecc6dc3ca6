"""The records of a prepared dataset, apart from their images.

Columns are read once, in the fixed order in which `stored` yields the examples, and
checked: `image_id` is unique, and scores are numbers that are not all the same. They
are kept beside the dataset; see `columns`.
"""

import functools
import os
import struct
from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from tfiqa.data import columns as kept_columns
from tfiqa.data.reading import HEADER
from tfiqa.data.reading import Reader
from tfiqa.data.reading import RecordReader
from tfiqa.data.splits import contents_of

# Placeholders of unknown values; columns with nothing else are skipped.
_UNKNOWN = {
    "mos_std": np.isnan,
    "mos_histogram": np.isnan,
    "attributes": np.isnan,
    "scenes": np.isnan,
    "distortion": lambda values: values == "",
    "level": lambda values: values < 0,
}


@dataclass(frozen=True)
class Records:
    """Columns of all splits, concatenated.

    Attributes:
        splits: TFDS split of each row.
        ids: `image_id` of each row.
        references: `reference_id` of each row; its own id if there is none.
        mos: float32 in published units and direction; None if there are no scores.
        unknown: Keys whose value is unknown in every row.
        reader: Reads the image of each row; None if the files are not TFRecords.
        distortions: `distortion` of each row; None if there is no such key.
        levels: `level` of each row; None if there is no such key.
    """

    splits: np.ndarray
    ids: np.ndarray
    references: np.ndarray
    mos: np.ndarray | None
    unknown: frozenset[str]
    reader: Reader | None = None
    distortions: np.ndarray | None = None
    levels: np.ndarray | None = None


def stored(
    builder: tfds.core.DatasetBuilder, split: str, *, keys: Iterable[str] = ()
) -> tf.data.Dataset:
    """Returns the examples of one split in the order in which they were written.

    Args:
        builder: A prepared dataset.
        split: Its TFDS split.
        keys: Keys to read; all when empty. `image` stays encoded.
    """
    encoded = {"image": tfds.decode.SkipDecoding()}
    partial_keys = {key: True for key in keys}
    return builder.as_dataset(
        split=split,
        decoders=tfds.decode.PartialDecoding(partial_keys) if partial_keys else encoded,
        shuffle_files=False,
        # A cache would hold the entire split in memory, once for each part of it.
        read_config=tfds.ReadConfig(
            try_autocache=False, skip_prefetch=True, interleave_cycle_length=1
        ),
    )


def read(builder: tfds.core.DatasetBuilder) -> Records:
    """Reads the columns of all splits.

    Raises:
        ValueError: If a key is missing, an id occurs twice, a score is not a number, or
            all scores are the same.
    """
    features = builder.info.features
    for key in ("image", "image_id"):
        if key not in features:
            raise ValueError(
                f"Examples with the key {key!r} are expected. Received: "
                f"{builder.info.full_name}, whose keys are {sorted(features)}"
            )
    joined = _joined_columns(builder)
    ids, mos = joined["image_id"], joined.get("mos")
    _check_ids(ids)
    if mos is not None:
        _check_mos(mos, ids)
    return Records(
        splits=joined["split"],
        ids=ids,
        references=contents_of(ids, joined.get("reference_id")),
        mos=mos,
        unknown=frozenset(
            key
            for key, is_unknown in _UNKNOWN.items()
            if key in joined and is_unknown(joined[key]).all()
        ),
        reader=_reader(builder, joined),
        distortions=joined.get("distortion"),
        levels=joined.get("level"),
    )


def examples(
    builder: tfds.core.DatasetBuilder, rows: Records, chosen: np.ndarray
) -> tf.data.Dataset:
    """Returns the chosen examples, `image` encoded, in the order of the rows.

    Keys without any known value are skipped.

    Args:
        builder: A prepared dataset.
        rows: Result of `read` for it.
        chosen: Ascending row indices.
    """
    mask = np.zeros(len(rows.ids), bool)
    mask[chosen] = True
    datasets = [
        _chosen(stored(builder, split), rows.ids[of_split], mask[of_split])
        for split in builder.info.splits
        if mask[of_split := rows.splits == split].any()
    ]
    joined = functools.reduce(tf.data.Dataset.concatenate, datasets).map(
        lambda row: {key: row[key] for key in row if key not in rows.unknown}
    )
    return joined.apply(tf.data.experimental.assert_cardinality(len(chosen)))


def _chosen(
    dataset: tf.data.Dataset, ids: np.ndarray, mask: np.ndarray
) -> tf.data.Dataset:
    """Filters by id, since row indices are wrong once workers share the files."""
    if mask.all():
        return dataset
    # Sorted hashes instead of a lookup table: a dataset without resources can be copied
    # to workers, and its position can be saved.
    hashes = np.sort(_hashed(ids[mask]).numpy())
    if len(np.unique(_hashed(ids))) < len(ids):
        raise ValueError("Ids of different hashes are expected. Rename an image.")

    def is_chosen(row: dict[str, tf.Tensor]) -> tf.Tensor:
        hashed = _hashed(row["image_id"])
        position = tf.searchsorted(hashes, hashed[tf.newaxis])[0]
        return tf.gather(hashes, tf.minimum(position, len(hashes) - 1)) == hashed

    return dataset.filter(is_chosen)


def _hashed(ids: np.ndarray | tf.Tensor) -> tf.Tensor:
    return tf.strings.to_hash_bucket_fast(ids, 2**63 - 1)


def _joined_columns(builder: tfds.core.DatasetBuilder) -> dict[str, np.ndarray]:
    """Returns the columns of all splits: the kept ones, or else they are kept now."""
    folder, key = Path(builder.data_dir), kept_columns.key_of(builder)
    joined = kept_columns.read(folder, key)
    if joined is None:
        splits = list(builder.info.splits)
        columns = [_columns(builder, split) for split in splits]
        joined = {key: np.concatenate([c[key] for c in columns]) for key in columns[0]}
        counts = [len(c["image_id"]) for c in columns]
        joined["split"] = np.repeat(np.array(splits, np.str_), counts)
        if _is_tfrecord(builder):
            joined |= _places(_files(builder))
        kept_columns.write(joined, folder, key)
    return joined


def _is_tfrecord(builder: tfds.core.DatasetBuilder) -> bool:
    paths = _files(builder)
    return builder.info.file_format is tfds.core.FileFormat.TFRECORD and all(
        os.path.exists(path) for path in paths
    )


def _files(builder: tfds.core.DatasetBuilder) -> list[str]:
    """Returns the files of all splits, in the order in which `stored` reads them."""
    splits = builder.info.splits.values()
    return [os.fspath(path) for split in splits for path in split.filepaths]


def _places(files: list[str]) -> dict[str, np.ndarray]:
    """Returns the position of the file, offset and length of every record."""
    places = [
        (number, *place) for number, path in enumerate(files) for place in _of(path)
    ]
    columns = np.array(places, np.int64).reshape(-1, 3).T
    return dict(zip(("shard", "offset", "length"), columns, strict=True))


def _of(path: str) -> Iterator[tuple[int, int]]:
    """Yields offset and length of the records of a TFRecord file."""
    size, offset = os.path.getsize(path), 0
    with open(path, "rb") as file:
        while offset < size:
            file.seek(offset)
            (length,) = struct.unpack("<Q", file.read(8))
            yield offset, length
            offset += HEADER + length + 4  # A checksum follows.


def _reader(
    builder: tfds.core.DatasetBuilder, columns: dict[str, np.ndarray]
) -> Reader | None:
    if "offset" not in columns:
        return None
    places = (columns[key] for key in ("shard", "offset", "length"))
    return RecordReader(tuple(_files(builder)), *places)


def _columns(builder: tfds.core.DatasetBuilder, split: str) -> dict[str, np.ndarray]:
    keys = ("image_id", "mos", "reference_id", *_UNKNOWN)
    known = [key for key in keys if key in builder.info.features]
    rows = list(stored(builder, split, keys=known).as_numpy_iterator())
    return {key: _column([row[key] for row in rows]) for key in known}


def _column(values: list) -> np.ndarray:
    if values and isinstance(values[0], bytes):
        return np.array([value.decode() for value in values], dtype=np.str_)
    return np.array(values)


def _check_ids(ids: np.ndarray) -> None:
    values, counts = np.unique(ids, return_counts=True)
    if len(values) < len(ids):
        raise ValueError(
            "Unique values of `image_id` are expected. Received: "
            f"{_listed(values[counts > 1])} more than once"
        )


def _check_mos(mos: np.ndarray, ids: np.ndarray) -> None:
    if not np.isfinite(mos).all():
        raise ValueError(
            "A number as `mos` is expected for every image. Received: none for "
            f"{_listed(ids[~np.isfinite(mos)])}"
        )
    if len(mos) > 1 and np.ptp(mos) == 0:
        raise ValueError(
            "Different values of `mos` are expected. Received: "
            f"mos={mos[0]:g} for all {len(mos)} images"
        )


def _listed(names: np.ndarray) -> str:
    more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
    return ", ".join(map(repr, names[:3].tolist())) + more
