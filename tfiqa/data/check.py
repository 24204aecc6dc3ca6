"""Checks of datasets: their source files, the disk space for them, and their images.

They report before and during preparation what would otherwise stop training hours
later.
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
from tfiqa.files.reading import read_file

# Records are a little larger than the images in them.
_OVERHEAD = 1.05
# Number of images read ahead of the decoder.
_AHEAD = 64


def check_source(name: str, *, manual_dir: str | os.PathLike[str]) -> list[str]:
    """Returns the problems of a download, as sentences; builds nothing.

    Compares rows with images, decodes all images, and compares their number with the
    published one.

    Args:
        name: One of `builders.names()`, optionally with a configuration.
        manual_dir: Folder of the published files.

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
        builder: Builder of the dataset; its `growth` is the size of the dataset
            relative to its source.
        root: Target folder, which need not exist yet.
        source_size: Bytes of all source files, 0 if the dataset is generated.
    """
    size = source_size * getattr(builder, "growth", 1.0)
    config: Any = builder.builder_config
    if not source_size and hasattr(config, "count") and hasattr(config, "side"):
        size = config.count * config.side**2 * 3
    needed = int(size * _OVERHEAD)
    existing = next(folder for folder in (root, *root.parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    if free < needed:
        raise OSError(
            f"{_amount(needed)} of free disk are expected, to prepare "
            f"{builder.name}. Received: {_amount(free)} in {existing}"
        )


def check_images(builder: tfds.core.DatasetBuilder) -> None:
    """Decodes every image of a prepared dataset, with a progress bar.

    Raises:
        ValueError: If some cannot be decoded; gives their number and first names.
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
        faults += [
            f"{name.decode()} ({reason.decode()})" for name, reason in rows if reason
        ]
    if faults:
        raise ValueError(
            f"Images that can be decoded are expected. Received: {len(faults)} that "
            f"cannot, such as {'; '.join(faults[:3])}"
        )


def _amount(count: int) -> str:
    """Returns a number of bytes in the largest unit that does not exceed it."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:,.1f} {unit}"
    return f"{count} bytes"


def _rows(builder, manager) -> Iterator[dict[str, Any]]:
    parts = builder._split_generators(manager)
    examples = itertools.chain.from_iterable(parts.values())
    return (row for _, row in with_progress(examples, title="Checking"))


def _undecodable(rows: Iterable[dict[str, Any]]) -> tuple[int, list[str]]:
    """Returns the number of images, and which of them cannot be decoded."""
    count, undecodable = 0, []
    waiting = ((row["image_id"], _readable(row["image"])) for row in rows)
    with ThreadPoolExecutor() as threads:
        while chunk := list(itertools.islice(waiting, _AHEAD)):
            count += len(chunk)
            reasons = threads.map(_reason, [image for _, image in chunk])
            undecodable += [
                f"{name} ({reason})"
                for (name, _), reason in zip(chunk, reasons, strict=True)
                if reason
            ]
    return count, undecodable


def _faults(count: int, undecodable: list[str], metadata: dict[str, Any]) -> list[str]:
    faults = []
    if undecodable:
        faults.append(
            f"{len(undecodable):,} images cannot be decoded, such as "
            + "; ".join(undecodable[:3])
        )
    published = metadata.get("published_pictures", count)
    if count != published:
        faults.append(f"{count:,} images were found; {published:,} were published")
    return faults


def _readable(image: Any) -> Path | bytes:
    # Files inside an archive must be read before the next one is opened.
    return image.read() if hasattr(image, "seek") else Path(image)


def _reason(image: Path | bytes) -> str:
    try:
        encoded = image if isinstance(image, bytes) else read_file(image)
    except OSError as error:
        return str(error)
    return _fault(encoded).decode()


def _fault(encoded: bytes) -> bytes:
    try:
        decode(encoded)
    except DecodeError as error:
        return str(error).encode()
    return b""
