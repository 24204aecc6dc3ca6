"""Columns of a prepared dataset, kept beside it, so that its images are read once.

They are found again by the fingerprint of the dataset and the sizes of its files.
"""

import hashlib
import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from tfiqa.data import fingerprint
from tfiqa.files import atomic

FILE_NAME = "columns.npz"

# Another number where columns of another release cannot be read.
_FORMAT = 1
_KEY = "key"


def key_of(builder: tfds.core.DatasetBuilder) -> str:
    """Returns a text that is the same as long as a prepared dataset is the same."""
    folder = Path(builder.data_dir)
    source = folder / fingerprint.FILE_NAME
    sha256 = fingerprint.read(folder).sha256 if source.exists() else ""
    files = [
        (os.path.basename(path), _size(path))
        for split in builder.info.splits.values()
        for path in split.filepaths
    ]
    facts = [_FORMAT, builder.info.full_name, sha256, files]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def read(folder: Path, key: str) -> dict[str, np.ndarray] | None:
    """Returns the columns in `folder`; None if there are none with this key."""
    try:
        with (
            (folder / FILE_NAME).open("rb") as file,
            np.load(file, allow_pickle=False) as columns,
        ):
            if str(columns[_KEY]) != key:
                return None
            return {name: columns[name] for name in columns.files if name != _KEY}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def write(columns: Mapping[str, np.ndarray], folder: Path, key: str) -> None:
    """Stores columns in `folder`, unless it cannot be written."""
    arrays: dict[str, Any] = {**columns, _KEY: np.array(key)}
    try:
        with atomic.replacing(folder / FILE_NAME) as written:
            np.savez_compressed(written, **arrays)
    except OSError:  # They are read from the records again.
        return


def _size(path: str | os.PathLike[str]) -> int:
    try:
        return os.path.getsize(path)
    except OSError:  # A file system that only TensorFlow can read.
        return -1
