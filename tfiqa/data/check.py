"""Checks of datasets: what they are built from, the room for them, and their pictures.

What training would meet hours later is told before, and while, one is prepared.
"""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterable
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import tensorflow as tf
import tensorflow_datasets as tfds

from tfiqa.cli.progress import with_progress
from tfiqa.data.builders import builder_of
from tfiqa.data.decode import DecodeError
from tfiqa.data.decode import decode
from tfiqa.data.records import stored

# Records need a little more than the pictures in them.
_OVERHEAD = 1.05
# Pictures that wait to be decoded.
_AHEAD = 64


def check_source(name: str, *, manual_dir: str | os.PathLike[str]) -> list[str]:
    """Returns what is wrong with a download, in sentences; nothing is built.

    Rows and pictures are compared, all pictures are decoded, and their number is
    compared with what is published.

    Args:
        name: One of `builders.names()`, perhaps with a configuration.
        manual_dir: Where the published files are.

    Raises:
        ValueError: If the name is unknown or the dataset reads no files.
        FileNotFoundError: If `manual_dir` does not exist.
        ModuleNotFoundError: If a package that reads its tables is not installed.
    """
    folder = Path(manual_dir).expanduser()
    if not folder.is_dir():
        raise FileNotFoundError(
            f"A folder is expected. Received: manual_dir={os.fspath(manual_dir)!r}"
        )
    with tempfile.TemporaryDirectory() as scratch:
        builder = builder_of(name, data_dir=scratch)
        if not builder.MANUAL_DOWNLOAD_INSTRUCTIONS:
            raise ValueError(
                "A dataset that reads published files is expected. Received: "
                f"name={name!r}, which is generated"
            )
        manager = tfds.download.DownloadManager(
            download_dir=scratch,
            manual_dir=folder,
            manual_dir_instructions=builder.MANUAL_DOWNLOAD_INSTRUCTIONS,
            dataset_name=builder.name,
        )
        try:
            rows = _rows(builder, manager)
            count, undecodable = _undecodable(rows)
        except ValueError as error:
            return [str(error)]
        return _faults(count, undecodable, builder.info.metadata or {})


def require_space(
    builder: tfds.core.DatasetBuilder, *, root: Path, source_size: int
) -> None:
    """Raises `OSError` unless the disk has room for a dataset.

    Args:
        builder: Of the dataset; `growth` tells how much larger than its source it is.
        root: Where it is to be, perhaps not there yet.
        source_size: Bytes of all files that it is built from, 0 if it is generated.
    """
    size = source_size * getattr(builder, "growth", 1.0)
    config: Any = builder.builder_config
    if not source_size and hasattr(config, "count") and hasattr(config, "side"):
        size = config.count * config.side**2 * 3
    needed = int(size * _OVERHEAD)
    there = next(folder for folder in (root, *root.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise OSError(
            f"{_amount(needed)} of free disk are expected, to prepare "
            f"{builder.name}. Received: {_amount(free)} in {there}"
        )


def check_pictures(builder: tfds.core.DatasetBuilder) -> None:
    """Decodes every picture of a prepared dataset, with a progress bar.

    Raises:
        ValueError: If some cannot be decoded, with their number and first names.
    """
    faults = []
    for split in builder.info.splits:
        examples = stored(builder, split).map(
            lambda example: (
                example["image_id"],
                tf.numpy_function(_fault, [example["image"]], tf.string),
            ),
            num_parallel_calls=tf.data.AUTOTUNE,
        )
        count = builder.info.splits[split].num_examples
        rows = with_progress(
            examples.as_numpy_iterator(), total=count, title=f"Checking {split}"
        )
        faults += [f"{name.decode()} ({why.decode()})" for name, why in rows if why]
    if faults:
        raise ValueError(
            f"Pictures that can be decoded are expected. Received: {len(faults)} that "
            f"cannot, such as {'; '.join(faults[:3])}"
        )


def _amount(count: int) -> str:
    """Returns a number of bytes in the largest unit of which there is one."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:,.1f} {unit}"
    return f"{count} bytes"


def _rows(builder, manager) -> Iterator[dict[str, Any]]:
    parts = builder._split_generators(manager)
    examples = itertools.chain.from_iterable(parts.values())
    return (row for _, row in with_progress(examples, title="Checking"))


def _undecodable(rows: Iterable[dict[str, Any]]) -> tuple[int, list[str]]:
    """Returns the number of pictures, and which of them cannot be decoded."""
    count, found = 0, []
    waiting = ((row["image_id"], _readable(row["image"])) for row in rows)
    with ThreadPoolExecutor() as threads:
        while some := list(itertools.islice(waiting, _AHEAD)):
            count += len(some)
            reasons = threads.map(_reason, [picture for _, picture in some])
            found += [
                f"{name} ({why})"
                for (name, _), why in zip(some, reasons, strict=True)
                if why
            ]
    return count, found


def _faults(count: int, undecodable: list[str], metadata: dict[str, Any]) -> list[str]:
    faults = []
    if undecodable:
        faults.append(
            f"{len(undecodable):,} pictures cannot be decoded, such as "
            + "; ".join(undecodable[:3])
        )
    published = metadata.get("published_pictures", count)
    if count != published:
        faults.append(f"{count:,} pictures are there, of {published:,} published ones")
    return faults


def _readable(picture: Any) -> Path | bytes:
    # What comes out of an archive must be read before the next one is.
    return picture.read() if hasattr(picture, "seek") else Path(picture)


def _reason(picture: Path | bytes) -> str:
    try:
        encoded = picture if isinstance(picture, bytes) else picture.read_bytes()
    except OSError as error:
        return str(error)
    return _fault(encoded).decode()


def _fault(encoded: bytes) -> bytes:
    try:
        decode(encoded)
    except DecodeError as error:
        return str(error).encode()
    return b""
