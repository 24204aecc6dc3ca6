"""Unlabelled pictures, the material of self-supervised methods."""

import collections
import dataclasses
import os
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import MutableMapping
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from tfiqa.data.filtering import Element
from tfiqa.data.filtering import none_readable
from tfiqa.data.filtering import pixels
from tfiqa.data.filtering import readable
from tfiqa.data.filtering import skip
from tfiqa.data.load import Source
from tfiqa.data.unfit import UnfitPictures as UnfitPictures
from tfiqa.files.listing import SUFFIXES
from tfiqa.files.listing import pictures_below

# Encoded pictures that wait to be shuffled take at most so many bytes.
PICTURE_BYTES = 1 << 30


@dataclasses.dataclass(frozen=True)
class Images:
    """Pictures without scores, epoch by epoch.

    A picture that cannot be read, or has a side of fewer than 16 pixels, is
    left out. The first one is printed on standard error. An epoch starts again from its
    own beginning until it has its number of pictures.

    Attributes:
        name: What they are called in records.
        count: Pictures in an epoch.
        epoch: From the seed of the run and the number of an epoch to its pictures, a
            dataset of exactly `count` dicts: `image`, uint8 `(height, width, 3)`, and
            `index`, int64, by which the picture is known in all epochs. It is a pure
            function, so that a resumed run sees what it would have seen.
        skipped: Why pictures were left out so far, by path or id.
        parts: The sources that were joined, if some were.
    """

    name: str
    count: int
    epoch: Callable[[int, int], tf.data.Dataset]
    skipped: MutableMapping[str, str] = dataclasses.field(default_factory=dict)
    parts: tuple["Images", ...] = ()

    def pictures(self, seed: int) -> Iterator[np.ndarray]:
        """Returns the pictures of the first epoch, uint8 `(height, width, 3)` each."""
        epoch = self.epoch(seed, 0)
        return (example["image"] for example in epoch.as_numpy_iterator())

    def check_batch(self, size: int) -> None:
        """Raises an error unless a batch of `size` pictures can be filled."""
        if self.count < size:
            raise ValueError(
                f"At least as many pictures as a batch takes, {size}, are expected. "
                f"Received: {self.name!r}, which has {self.count}"
            )

    def check_readable(self) -> None:
        """Raises an error if all pictures of a source were left out.

        An epoch of such a source fails; inside of TensorFlow the type of an error and
        its message are lost among many others.

        Raises:
            UnfitPictures: Naming the source.
        """
        for part in self.parts:
            part.check_readable()
        if not self.parts and len(self.skipped) >= self.count:
            raise UnfitPictures(none_readable(self.name))


def of_source(source: Source) -> Images:
    """Returns the pictures of a prepared dataset, in another order in every epoch."""
    waiting = max(1, min(source.count, PICTURE_BYTES // max(source.mean_bytes, 1)))
    skipped: dict[str, str] = {}

    def read(encoded: bytes, image_id: bytes) -> np.ndarray:
        return pixels(encoded, image_id.decode(), skipped)

    def picture(index, example):
        inputs = [example["image"], example["image_id"]]
        decoded = tf.numpy_function(read, inputs, tf.uint8, stateful=False)
        return {"image": tf.ensure_shape(decoded, (None, None, 3)), "index": index}

    def epoch(seed: int, number: int) -> tf.data.Dataset:
        order = source.examples.enumerate().shuffle(
            waiting, seed=number + 1 + (seed << 12), reshuffle_each_iteration=False
        )
        return readable(order, picture, source.count, source.name)

    return Images(source.name, source.count, epoch, skipped)


def of_folder(folder: str | os.PathLike[str]) -> Images:
    """Returns the pictures below a folder, in another order in every epoch.

    Opening it decodes nothing, and paths are shuffled, not pictures. What cannot be
    read is left out; see `Images`.

    Raises:
        ValueError: If there are no pictures.
    """
    paths = pictures_below(folder)
    if not paths:
        raise ValueError(
            f"A folder with pictures ({', '.join(SUFFIXES)}) is expected. "
            f"Received: {os.fspath(folder)!r}, which has none"
        )
    skipped: dict[str, str] = {}

    def read(number: np.int64) -> np.ndarray:
        path = paths[number]
        try:
            encoded = Path(path).read_bytes()
        except OSError as error:
            return skip(path, str(error), skipped)
        return pixels(encoded, path, skipped)

    def epoch(seed: int, number: int) -> tf.data.Dataset:
        def picture(place):
            index = permuted(place, len(paths), seed, number)
            decoded = tf.numpy_function(read, [index], tf.uint8, stateful=False)
            return {"image": tf.ensure_shape(decoded, (None, None, 3)), "index": index}

        order = tf.data.Dataset.range(len(paths))
        return readable(order, picture, len(paths), str(folder))

    return Images(str(folder), len(paths), epoch, skipped)


def joined(several: Sequence[Images]) -> Images:
    """Returns the pictures of several sources, mixed evenly in every epoch.

    The index of a picture tells them apart: modulo the number of sources it is the
    place of its source among them.
    """
    if len(several) == 1:
        return several[0]
    counts = [images.count for images in several]
    total = sum(counts)
    ends = tf.cumsum(tf.constant(counts, tf.int64))

    def epoch(seed: int, number: int) -> tf.data.Dataset:
        def source_of(place):
            shuffled = permuted(place, total, seed, number)
            return tf.cast(tf.searchsorted(ends, shuffled[None], "right")[0], tf.int64)

        return tf.data.Dataset.choose_from_datasets(
            [
                images.epoch(seed, number).map(_numbered(place, len(several)))
                for place, images in enumerate(several)
            ],
            tf.data.Dataset.range(total).map(source_of),
            stop_on_empty_dataset=False,
        ).apply(tf.data.experimental.assert_cardinality(total))

    name = ",".join(images.name for images in several)
    skipped = collections.ChainMap(*(images.skipped for images in several))
    return Images(name, total, epoch, skipped, tuple(several))


def permuted(place: tf.Tensor, count: int, seed: int, epoch: int) -> tf.Tensor:
    """Returns where `place` lies in the order of an epoch, int64.

    It is a permutation of `count` places that is computed for one at a time, so that a
    million take no room.
    """
    index = tf.raw_ops.RandomIndexShuffle(
        index=place,
        seed=tf.constant([seed & 0xFFFFFFFF, seed >> 32, epoch], tf.uint32),
        max_index=tf.constant(count - 1, tf.int64),
        rounds=16,  # Few rounds leave neighbours together.
    )
    return tf.ensure_shape(index, ())


def _numbered(place: int, sources: int) -> Callable[[Element], Element]:
    return lambda element: {
        **element,
        "index": element["index"] * sources + place,
    }
