"""Images that a training without scores holds back, to look at what it learns."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from tfiqa.data.images import Images
from tfiqa.data.images import joined


def held_out(images: Images, count: int, *, seed: int) -> tuple[Images, Images]:
    """Returns the images without some that are drawn, and these.

    Args:
        images: The images, more than `count`. Of endless ones, the images of the first
            epoch are held back, and never learned from.
        count: Number of images to hold back.
        seed: Seed of the run; equal seeds draw the same.

    Raises:
        ValueError: If no more images than `count` can be read.
    """
    held: set[int] = set()
    order = images.epoch(seed, 0).map(lambda example: example["index"])
    for index in order.as_numpy_iterator():
        if len(held) == count and int(index) not in held:
            break  # Another one remains.
        held.add(int(index))
    else:
        raise ValueError(
            f"More readable images than are held back are expected. Received: {count} "
            f"to hold back of {len(held)} in {images.name!r}"
        )
    return _divided(images, held)


def _divided(images: Images, held: set[int]) -> tuple[Images, Images]:
    """Returns the images without those of some indices, and these."""
    if images.parts:
        number = len(images.parts)
        pairs = [
            _divided(part, {i // number for i in held if i % number == position})
            for position, part in enumerate(images.parts)
        ]
        rest, back = zip(*pairs, strict=True)
        return _joined(rest), _joined(back)
    numbers = np.array(sorted(held), np.int64)
    back = dataclasses.replace(_chosen(images, numbers), is_endless=False)
    if images.is_endless:
        read = _Later(images.read, images.count)
        count = images.count - len(held)
        return dataclasses.replace(images, read=read, count=count), back
    others = np.setdiff1d(np.arange(images.count), numbers)
    return _chosen(images, others), back


def _joined(parts: tuple[Images, ...]) -> Images:
    return joined([images for images in parts if images.count])


def _chosen(images: Images, numbers: np.ndarray) -> Images:
    names, versions = images.names, images.versions
    return dataclasses.replace(
        images,
        count=len(numbers),
        read=_Chosen(images.read, numbers),
        names=[names[number] for number in numbers] if names else (),
        versions=versions and versions.of(numbers),
    )


@dataclasses.dataclass(frozen=True, eq=False)
class _Chosen:
    """Reads some of the images that another function reads."""

    read: Callable[[int, int], Any]
    numbers: np.ndarray

    def __call__(self, seed: int, index: int) -> Any:
        return self.read(seed, int(self.numbers[index]))


@dataclasses.dataclass(frozen=True)
class _Later:
    """Reads endless images without the first ones."""

    read: Callable[[int, int], Any]
    first: int

    def __call__(self, seed: int, index: int) -> Any:
        return self.read(seed, self.first + index)
