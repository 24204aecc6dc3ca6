"""Unlabeled images, the training data of self-supervised methods."""

import collections
import dataclasses
import os
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import MutableMapping
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from tfiqa.data.filtering import Element
from tfiqa.data.filtering import none_readable
from tfiqa.data.filtering import pixels
from tfiqa.data.filtering import readable
from tfiqa.data.filtering import skip
from tfiqa.data.load import Source
from tfiqa.data.name_lists import positions
from tfiqa.data.stored_versions import StoredVersions
from tfiqa.data.unfit import UnfitImages as UnfitImages
from tfiqa.files.listing import SUFFIXES
from tfiqa.files.listing import images_below
from tfiqa.files.reading import read_file

# Limit of the bytes of encoded images in a shuffle buffer.
IMAGE_BYTES = 1 << 30


@dataclasses.dataclass(frozen=True)
class Images:
    """Images without scores, epoch by epoch.

    An image that cannot be read, or has a side of fewer than 16 pixels, is skipped; the
    first one is reported on standard error. An epoch then repeats its images until
    their number is complete.

    Attributes:
        name: Name of the images in records.
        count: Number of images in an epoch.
        epoch: Pure function from the seed of the run and the index of an epoch to its
            images: a dataset of exactly `count` dicts with `image`, uint8
            `(height, width, 3)`, and `index`, int64, which identifies the image in all
            epochs. A resumed run sees the same images.
        skipped: Reasons why images were skipped so far, by path or id.
        parts: The joined sources, if any.
        versions: What was done to each image, by its index, if a dataset stores it.
    """

    name: str
    count: int
    epoch: Callable[[int, int], tf.data.Dataset]
    skipped: MutableMapping[str, str] = dataclasses.field(default_factory=dict)
    parts: tuple["Images", ...] = ()
    versions: StoredVersions | None = None

    @property
    def distorted(self) -> tuple["Images", ...]:
        """The sources whose images are distorted on purpose."""
        if self.parts:
            return tuple(images for part in self.parts for images in part.distorted)
        return () if self.versions is None else (self,)

    def first_epoch(self, seed: int) -> Iterator[np.ndarray]:
        """Returns the images of the first epoch, uint8 `(height, width, 3)` each."""
        epoch = self.epoch(seed, 0)
        return (example["image"] for example in epoch.as_numpy_iterator())

    def check_batch(self, size: int) -> None:
        """Raises an error unless a batch of `size` images can be filled."""
        if self.count < size:
            raise ValueError(
                f"At least as many images as a batch takes, {size}, are expected. "
                f"Received: {self.name!r}, which has {self.count}"
            )

    def check_readable(self) -> None:
        """Raises an error if all images of a source were skipped.

        Call it after an epoch failed: inside TensorFlow, the type and the message of an
        error are lost among many others.

        Raises:
            UnfitImages: Names the source.
        """
        for part in self.parts:
            part.check_readable()
        if not self.parts and len(self.skipped) >= self.count:
            raise UnfitImages(none_readable(self.name))


def of_source(source: Source) -> Images:
    """Returns the images of a prepared dataset, in a new order in every epoch."""
    buffer_size = max(1, min(source.count, IMAGE_BYTES // max(source.mean_bytes, 1)))
    skipped: dict[str, str] = {}

    def read(encoded: bytes, image_id: bytes) -> np.ndarray:
        return pixels(encoded, image_id.decode(), skipped)

    def image(index, example):
        inputs = [example["image"], example["image_id"]]
        decoded = tf.numpy_function(read, inputs, tf.uint8, stateful=False)
        return {"image": tf.ensure_shape(decoded, (None, None, 3)), "index": index}

    def epoch(seed: int, number: int) -> tf.data.Dataset:
        order = source.examples.enumerate().shuffle(
            buffer_size, seed=number + 1 + (seed << 12), reshuffle_each_iteration=False
        )
        return readable(order, image, source.count, source.name)

    return Images(source.name, source.count, epoch, skipped, versions=source.versions)


def of_folder(
    folder: str | os.PathLike[str], *, only: Sequence[str] | None = None
) -> Images:
    """Returns the images below a folder, in a new order in every epoch.

    Opening decodes nothing; paths are shuffled, not images. Unreadable images are
    skipped; see `Images`.

    Args:
        folder: The folder; subfolders are searched too.
        only: Names of the images to use, relative to the folder; all when None.

    Raises:
        ValueError: If there are no images.
    """
    paths = images_below(folder)
    if not paths:
        raise ValueError(
            f"A folder with images ({', '.join(SUFFIXES)}) is expected. "
            f"Received: {os.fspath(folder)!r}, which has none"
        )
    if only is not None:
        names = [os.path.relpath(path, folder) for path in paths]
        chosen, _ = positions(only, names)
        if not len(chosen):
            raise ValueError(
                "Names of images in the folder are expected. Received: "
                f"{len(only):,} names, none of them in {os.fspath(folder)!r}"
            )
        paths = [paths[position] for position in chosen]
    skipped: dict[str, str] = {}

    def read(number: np.int64) -> np.ndarray:
        path = paths[number]
        try:
            encoded = read_file(path)
        except OSError as error:
            return skip(path, str(error), skipped)
        return pixels(encoded, path, skipped)

    def epoch(seed: int, number: int) -> tf.data.Dataset:
        def image(position):
            index = permuted(position, len(paths), seed, number)
            decoded = tf.numpy_function(read, [index], tf.uint8, stateful=False)
            return {"image": tf.ensure_shape(decoded, (None, None, 3)), "index": index}

        order = tf.data.Dataset.range(len(paths))
        return readable(order, image, len(paths), str(folder))

    return Images(str(folder), len(paths), epoch, skipped)


def joined(sources: Sequence[Images]) -> Images:
    """Returns the images of multiple sources, mixed evenly in every epoch.

    The index of an image modulo the number of sources is the position of its source.
    """
    if len(sources) == 1:
        return sources[0]
    counts = [images.count for images in sources]
    total = sum(counts)
    ends = tf.cumsum(tf.constant(counts, tf.int64))

    def epoch(seed: int, number: int) -> tf.data.Dataset:
        def source_of(position):
            shuffled = permuted(position, total, seed, number)
            return tf.cast(tf.searchsorted(ends, shuffled[None], "right")[0], tf.int64)

        return tf.data.Dataset.choose_from_datasets(
            [
                images.epoch(seed, number).map(_numbered(position, len(sources)))
                for position, images in enumerate(sources)
            ],
            tf.data.Dataset.range(total).map(source_of),
            stop_on_empty_dataset=False,
        ).apply(tf.data.experimental.assert_cardinality(total))

    name = ",".join(images.name for images in sources)
    skipped = collections.ChainMap(*(images.skipped for images in sources))
    return Images(name, total, epoch, skipped, tuple(sources))


def permuted(position: tf.Tensor, count: int, seed: int, epoch: int) -> tf.Tensor:
    """Returns the position of `position` in the shuffled order of an epoch, int64.

    The permutation of `count` positions is computed one position at a time, so even a
    million need no memory.
    """
    index = tf.raw_ops.RandomIndexShuffle(
        index=position,
        seed=tf.constant([seed & 0xFFFFFFFF, seed >> 32, epoch], tf.uint32),
        max_index=tf.constant(count - 1, tf.int64),
        rounds=16,  # With few rounds, neighbors stay together.
    )
    return tf.ensure_shape(index, ())


def _numbered(position: int, sources: int) -> Callable[[Element], Element]:
    return lambda element: {
        **element,
        "index": element["index"] * sources + position,
    }
