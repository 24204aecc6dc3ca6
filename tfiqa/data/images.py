"""Unlabeled images, the training data of self-supervised methods."""

import bisect
import collections
import dataclasses
import itertools
import os
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import MutableMapping
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfiqa.data import plain_jpeg
from tfiqa.data.decode import decode
from tfiqa.data.filtering import none_readable
from tfiqa.data.filtering import pixels
from tfiqa.data.filtering import skip
from tfiqa.data.load import Source
from tfiqa.data.name_lists import positions
from tfiqa.data.order import permuted as permuted
from tfiqa.data.plain_jpeg import PlainJPEGs
from tfiqa.data.reading import FolderReader
from tfiqa.data.stored_versions import StoredVersions
from tfiqa.data.unfit import UnfitImages as UnfitImages
from tfiqa.files.listing import SUFFIXES
from tfiqa.files.listing import images_below

# Random images that are tried in place of an unreadable one, before all are.
_TRIES = 64

# What `fetch` returns: index, encoded bytes, pixels.
_FETCHED = (tf.int64, tf.string, tf.uint8)
_NO_PIXELS = np.empty((0, 0, 3), np.uint8)


@dataclasses.dataclass(frozen=True)
class Images:
    """Images without scores, which can be read in any order.

    An image that cannot be read, or has a side of fewer than 16 pixels, is skipped; the
    first one is reported on standard error. Another one of the same source, drawn from
    the seed, the epoch and the image, takes its place.

    Attributes:
        name: Name of the images in records.
        count: Number of images in an epoch.
        read: Function from the seed of the run and the index of an image to its encoded
            bytes, or its pixels, uint8 `(height, width, 3)`; the latter if the images
            are endless. May raise `OSError`. A pure function, so that a resumed run
            sees the same images.
        names: Path or id of each image, for `skipped`; numbers if empty.
        is_endless: Whether each epoch has new images, in the order of their indices;
            otherwise it has the same ones, in a new order.
        skipped: Reasons why images were skipped so far, by path or id.
        parts: The joined sources, if any.
        plain: Which images TensorFlow can decode.
        versions: What was done to each image, by its index, if a dataset stores it.
    """

    name: str
    count: int
    read: Callable[[int, int], Any]
    names: Sequence[str] = ()
    is_endless: bool = False
    skipped: MutableMapping[str, str] = dataclasses.field(default_factory=dict)
    parts: tuple["Images", ...] = ()
    versions: StoredVersions | None = None
    plain: PlainJPEGs = dataclasses.field(init=False)

    def __post_init__(self):
        is_own = not (self.parts or self.is_endless)
        object.__setattr__(self, "plain", PlainJPEGs(self.count if is_own else 0))

    def at(self, seed: int, epoch: Any, position: tf.Tensor) -> dict[str, tf.Tensor]:
        """Returns the image at a position of an epoch; runs inside `tf.data`.

        Args:
            seed: Seed of the run.
            epoch: Index of the epoch, an integer or an integer scalar.
            position: Integer scalar, from 0 to `count - 1`.

        Returns:
            A dict of `image`, uint8 `(height, width, 3)`, and `index`, int64, which
            identifies the image in all epochs.
        """
        number = position
        if not self.is_endless:
            number = permuted(position, self.count, seed, epoch)

        def fetch(number: np.int64, epoch: np.int64) -> tuple:
            return self.fetch(seed, int(epoch), int(number))

        index, encoded, pixels = tf.numpy_function(
            fetch, [number, tf.cast(epoch, tf.int64)], _FETCHED, stateful=False
        )
        image = plain_jpeg.image_of(encoded, pixels)
        return {"image": image, "index": tf.ensure_shape(index, ())}

    def epoch(self, seed: int, number: Any) -> tf.data.Dataset:
        """Returns the images of an epoch, a dataset of exactly `count` dicts of `at`.

        A pure function of the seed of the run and the index of the epoch.
        """
        return tf.data.Dataset.range(self.count).map(
            lambda position: self.at(seed, number, position),
            num_parallel_calls=tf.data.AUTOTUNE,
        )

    @property
    def sources(self) -> tuple["Images", ...]:
        """The sources that are joined; itself if it is one."""
        if self.parts:
            return tuple(images for part in self.parts for images in part.sources)
        return (self,)

    @property
    def distorted(self) -> tuple["Images", ...]:
        """The sources whose images are distorted on purpose."""
        return tuple(images for images in self.sources if images._is_distorted)

    @property
    def undistorted(self) -> tuple["Images", ...]:
        """The other sources."""
        return tuple(images for images in self.sources if not images._is_distorted)

    @property
    def _is_distorted(self) -> bool:
        return self.versions is not None and self.versions.are_distorted

    def first_epoch(self, seed: int) -> Iterator[np.ndarray]:
        """Returns the images of the first epoch, uint8 `(height, width, 3)` each."""
        epoch = self.epoch(seed, 0)
        return (example["image"] for example in epoch.as_numpy_iterator())

    def fetch(self, seed: int, epoch: int, number: int) -> tuple:
        """Returns index, encoded bytes and pixels of an image, or of its replacement.

        Either the bytes or the pixels are empty.

        Args:
            seed: Seed of the run.
            epoch: Index of the epoch.
            number: Which of the `count` images of the epoch.

        Raises:
            ValueError: If no image is readable.
        """
        if self.parts:
            ends = list(itertools.accumulate(part.count for part in self.parts))
            position = bisect.bisect_right(ends, number)
            part = self.parts[position]
            number -= ends[position] - part.count
            index, *content = part.fetch(seed, epoch, number)
            return np.int64(index * len(self.parts) + position), *content
        first = epoch * self.count if self.is_endless else 0
        for candidate in self._candidates(seed, epoch, number):
            content = self._content(seed, first + candidate)
            if content is not None:
                return np.int64(first + candidate), *content
        raise ValueError(none_readable(self.name))

    def decoded(self, seed: int, index: int) -> np.ndarray | None:
        """Returns an image, uint8 `(height, width, 3)`; None if it is skipped.

        Args:
            seed: Seed of the run.
            index: Index of the image in all epochs. The images must not be joined.
        """
        content = self._content(seed, index)
        if content is None:
            return None
        encoded, found = content
        return found if found.size else decode(encoded)

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

    def _candidates(self, seed: int, epoch: int, number: int) -> Iterator[int]:
        """Yields an image, and those that may take its place."""
        yield number
        rng = np.random.default_rng([seed, epoch, number])
        yield from rng.integers(self.count, size=_TRIES).tolist()
        yield from range(self.count)

    def _content(self, seed: int, index: int) -> tuple[bytes, np.ndarray] | None:
        """Returns encoded bytes or pixels of an image; None if it is skipped."""
        name = self.names[index] if self.names else str(index)
        try:
            content = self.read(seed, index)
        except OSError as error:
            skip(name, str(error), self.skipped)
            return None
        if self.is_endless:
            return b"", content
        if (index, content) in self.plain:
            return content, _NO_PIXELS
        decoded = pixels(content, name, self.skipped)
        if not decoded.size:
            return None
        self.plain.remember(index, content, decoded)
        return b"", decoded


@dataclasses.dataclass(frozen=True)
class _Unseeded:
    """Reads images that do not depend on the seed of the run."""

    reader: Callable[[int], Any]

    def __call__(self, seed: int, index: int) -> Any:
        return self.reader(index)


def of_source(source: Source) -> Images:
    """Returns the images of a prepared dataset, in a new order in every epoch."""
    read = _Unseeded(source.random_access())
    return Images(
        *(source.name, source.count, read, source.image_ids), versions=source.versions
    )


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
    return Images(str(folder), len(paths), _Unseeded(FolderReader(paths)), paths)


def joined(sources: Sequence[Images]) -> Images:
    """Returns the images of multiple sources, mixed evenly in every epoch.

    The index of an image modulo the number of sources is the position of its source.
    """
    if len(sources) == 1:
        return sources[0]
    return Images(
        ",".join(images.name for images in sources),
        sum(images.count for images in sources),
        _no_source,
        skipped=collections.ChainMap(*(images.skipped for images in sources)),
        parts=tuple(sources),
    )


def _no_source(seed: int, index: int) -> Any:
    raise NotImplementedError("Joined images are read from their parts.")
