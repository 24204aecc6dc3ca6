"""The images of a shard, read on the worker: keys, and functions that return bytes."""

import dataclasses
import functools
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

from tfiqa.beam import storage
from tfiqa.beam.models import Record
from tfiqa.beam.work import IMAGES
from tfiqa.beam.work import PARQUET
from tfiqa.beam.work import TFRECORD
from tfiqa.beam.work import Work

# Names that columns of encoded images usually have, first ones first.
IMAGE_COLUMNS = ("image", "image/encoded", "bytes", "jpg", "jpeg", "png", "webp")
_ROWS_AT_ONCE = 16  # Of Parquet.


@dataclasses.dataclass(frozen=True)
class Columns:
    """Which columns of records are read.

    Attributes:
        image: Column of encoded images; the first of `IMAGE_COLUMNS` when None. A
            struct with a field `bytes`, as Hugging Face writes it, is allowed.
        key: Column of the key of each image; `FILE#INDEX` when None.
        data_dir: Folder of prepared datasets; the default of TFDS when None.
    """

    image: str | None = None
    key: str | None = None
    data_dir: str | None = None


def records_of(work: Work, columns: Columns) -> Iterator[Record]:
    """Yields the images of a shard.

    Raises:
        OSError: If the source cannot be read.
        ValueError: If it is damaged, or lacks a column.
    """
    if work.kind == IMAGES:
        for key in work.keys:
            yield key, functools.partial(storage.read_image, key)
    elif work.kind == TFRECORD:
        yield from _tfrecord(work.source, columns)
    elif work.kind == PARQUET:
        yield from _parquet(work.source, columns)
    else:
        yield from _tfds(work, columns)


def _tfrecord(path: str, columns: Columns) -> Iterator[Record]:
    from tfiqa.beam import tf_example

    with storage.opened(path) as file:
        for index, record in enumerate(tf_example.records(file)):
            values = tf_example.parsed(record)
            image = values[_column(columns.image, values, path)]
            key = values[_column(columns.key, values, path)] if columns.key else None
            yield _record(path, index, image, key)


def _parquet(path: str, columns: Columns) -> Iterator[Record]:
    import pyarrow.parquet

    with storage.opened(path) as file:
        table = pyarrow.parquet.ParquetFile(file)
        names = table.schema_arrow.names
        image = _column(columns.image, names, path)
        wanted = [image, *([_column(columns.key, names, path)] if columns.key else [])]
        index = 0
        for batch in table.iter_batches(batch_size=_ROWS_AT_ONCE, columns=wanted):
            for row in batch.to_pylist():
                key = [row[columns.key]] if columns.key else None
                yield _record(path, index, [row[image]], key)
                index += 1


def _tfds(work: Work, columns: Columns) -> Iterator[Record]:
    import tensorflow_datasets as tfds

    from tfiqa.data.prepared import opened

    dataset, _, split = work.source.partition(":")
    builder: Any = opened(dataset, data_dir=columns.data_dir)
    image = _column(columns.image, builder.info.features, work.source)
    key = columns.key or ("image_id" if "image_id" in builder.info.features else None)
    examples = builder.as_dataset(
        split=f"{split}[{work.index}shard]",
        decoders={image: tfds.decode.SkipDecoding()},
        read_config=tfds.ReadConfig(add_tfds_id=key is None),
    )
    for example in examples.as_numpy_iterator():
        name = example[key or "tfds_id"]
        shown = name.decode() if isinstance(name, bytes) else str(name)
        yield f"{work.source}:{shown}", _returning(example[image])


def _column(wanted: str | None, available: Any, source: str) -> str:
    names = list(available)
    if wanted is None:
        found = [name for name in IMAGE_COLUMNS if name in names]
        if found:
            return found[0]
    elif wanted in names:
        return wanted
    expected = "a column of encoded images" if wanted is None else f"a column {wanted}"
    raise ValueError(f"{expected} is expected. Received: {', '.join(names)}")


def _record(path: str, index: int, image: list, key: list | None) -> Record:
    name = f"{path}#{index}"
    if key:
        name = (
            key[0].decode("utf-8", "replace")
            if isinstance(key[0], bytes)
            else (str(key[0]))
        )
    content = image[0] if image else None
    if isinstance(content, dict):
        content = content.get("bytes")
    return name, _returning(content)


def _returning(content: Any) -> Callable[[], bytes]:
    def read() -> bytes:
        if not isinstance(content, bytes):
            kind = "nothing" if content is None else type(content).__name__
            raise OSError(f"encoded bytes are expected. Received: {kind}")
        return content

    return read
