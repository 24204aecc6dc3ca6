"""Random access to stored images.

A reader is a function from the number of an image to its encoded bytes or its pixels,
uint8 `(height, width, 3)`. It can be copied to other processes. All are thread-safe.
"""

import bisect
import itertools
from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from tfiqa.files.reading import read_file

# Bytes of a TFRecord before its content: the length, and a checksum of it.
HEADER = 12

Reader = Callable[[int], Any]


@dataclass(frozen=True)
class FolderReader:
    """Reads files by their number.

    Attributes:
        paths: The files.
    """

    paths: Sequence[str]

    def __call__(self, number: int) -> bytes:
        return read_file(self.paths[number])


@dataclass(frozen=True, eq=False)
class RecordReader:
    """Reads the images of records in TFRecord files.

    Checksums of records are not verified.

    Attributes:
        files: Paths of the files.
        shard: Position in `files` of the file of each record.
        offset: Offset of each record in its file, in bytes.
        length: Length of each record in bytes.
    """

    files: tuple[str, ...]
    shard: np.ndarray
    offset: np.ndarray
    length: np.ndarray

    def __call__(self, number: int) -> bytes:
        length = int(self.length[number])
        path = self.files[self.shard[number]]
        with open(path, "rb", buffering=0) as file:
            file.seek(int(self.offset[number]) + HEADER)
            record = file.read(length)
        if len(record) < length:
            raise OSError(f"A complete file is expected. Received: {path}")
        features = tf.train.Example.FromString(record).features.feature
        return features["image"].bytes_list.value[0]


@dataclass(frozen=True, eq=False)
class Chosen:
    """Reads some of the images of another reader.

    Attributes:
        reader: The other reader.
        rows: Number there of each image.
    """

    reader: Reader
    rows: np.ndarray

    def __call__(self, number: int) -> Any:
        return self.reader(int(self.rows[number]))


@dataclass(frozen=True)
class Joined:
    """Reads the images of other readers, one after the other.

    Attributes:
        readers: The other readers.
        counts: Number of images of each.
    """

    readers: tuple[Reader, ...]
    counts: tuple[int, ...]

    def __call__(self, number: int) -> Any:
        ends = list(itertools.accumulate(self.counts))
        position = bisect.bisect_right(ends, number)
        first = ends[position] - self.counts[position]
        return self.readers[position](number - first)


@dataclass(frozen=True, eq=False)
class Held:
    """Images in memory.

    Attributes:
        images: Encoded bytes or pixels.
    """

    images: Sequence[Any]

    def __call__(self, number: int) -> Any:
        return self.images[number]
