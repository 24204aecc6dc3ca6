"""Batches of views, with the classes by which the loss compares them.

A distorted image has the class `5 (type - 1) + (level - 1)` of 25 types at five levels;
a pristine one has the class 125. Each authentic image is its own class, from 126 on.
Everything is drawn from the seed of the run, the epoch and the index of an image, so a
resumed training sees the same batches.
"""

import dataclasses
import functools
import math
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfiqa.data import epochs as pipelines
from tfiqa.data.images import Images
from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions.single import distort_image
from tfiqa.distortions.single import types_for_side
from tfiqa.methods.contrique.config import CLASSES
from tfiqa.methods.contrique.config import LEVELS
from tfiqa.methods.contrique.config import PRISTINE
from tfiqa.methods.contrique.config import Config
from tfiqa.methods.contrique.views import View
from tfiqa.methods.contrique.views import draw_views

# From this number of images on, tracing a graph for each class pays off.
_WORTH_TRACING = 4000

# Both kinds of images draw independently.
_DISTORTED, _AUTHENTIC = 0, 1


def batches(
    images: Images,
    authentic_images: Images | None,
    config: Config,
    *,
    seed: int,
    epochs: range,
) -> Any:
    """Returns the batches of all `epochs`, one epoch after another.

    Half of each batch are `images`, distorted here; each class is equally likely. An
    epoch passes over them `versions_per_epoch / versions` times. The other half are
    `authentic_images`, unchanged; the two alternate. Without authentic images, all are
    distorted ones. Images larger than twice the side of a crop are randomly cropped to
    that before they are distorted, since views show no more of them: at 512x512 that
    takes some 20 ms of one core.

    Args:
        images: Pristine images.
        authentic_images: Photographs with their own distortions.
        config: Its `batch_size`, `versions` and options of the views are used.
        seed: Seed of the run.
        epochs: Indices of the epochs. Each has `steps_per_epoch` batches.

    Returns:
        A `tf.data.Dataset` of `((view_1, view_2), labels)`: uint8
        `(batch_size, crop_size, crop_size, 3)`, and int32 `(batch_size,)`. One of the
        two views of an image is at half scale.

    Raises:
        ValueError: If a source has fewer images than its share of a batch.
    """
    size = config.crop_size
    distorted = distorted_elements(
        images,
        authentic_images,
        config,
        _distorted,
        (((2, size, size, 3), "uint8"), ((), "int32")),
        seed=seed,
        epochs=epochs,
    )
    if authentic_images is None:
        return pipelines.batched(distorted, config.batch_size).map(_as_inputs)
    authentic = pipelines.mapped(
        authentic_images,
        functools.partial(_authentic, config, seed),
        pipelines.arrays(((2, size, size, 3), "uint8"), ((), "int32")),
        seed=seed,
        epochs=epochs,
        per_epoch=steps_per_epoch(images, authentic_images, config)
        * share_of(authentic_images, config),
    )
    both = pipelines.by_turns(distorted, authentic)
    return pipelines.batched(both, config.batch_size).map(_as_inputs)


def share_of(authentic_images: Images | None, config: Config) -> int:
    """Returns the number of distorted images in a batch."""
    return config.batch_size if authentic_images is None else config.batch_size // 2


def distorted_elements(
    images: Images,
    authentic_images: Images | None,
    config: Config,
    function: Callable[..., tuple[np.ndarray, ...]],
    elements: Sequence[tuple[tuple[int, ...], str]],
    *,
    seed: int,
    epochs: range,
) -> Any:
    """Returns a dataset of one element for each distorted image of all epochs.

    Args:
        images: Pristine images.
        authentic_images: Photographs with their own distortions.
        config: See `batches`.
        function: Takes the config, the seed, whether graphs pay off, an image, its
            index and the epoch; returns arrays of `versions` elements.
        elements: Shapes and types of the arrays of one element.
        seed: Seed of the run.
        epochs: Indices of the epochs.
    """
    count = steps_per_epoch(images, authentic_images, config) * share_of(
        authentic_images, config
    )
    per_epoch = math.ceil(count / config.versions)
    # The same for a training that is resumed at a later epoch.
    traced = epochs.stop * count >= _WORTH_TRACING
    dataset = pipelines.mapped(
        images,
        functools.partial(function, config, seed, traced),
        pipelines.arrays(
            *(((config.versions, *shape), dtype) for shape, dtype in elements)
        ),
        seed=seed,
        epochs=epochs,
        per_epoch=per_epoch,
        passes=math.ceil(per_epoch / images.count),
    ).unbatch()
    return _first_of_each(dataset, count=count, of=per_epoch * config.versions)


def _first_of_each(dataset: Any, *, count: int, of: int) -> Any:
    """Returns the first `count` elements of each `of` elements of a dataset."""
    if count == of:
        return dataset
    kept = dataset.enumerate().filter(lambda number, _: number % of < count)
    return kept.map(lambda _, element: element)


def class_name(label: int) -> str:
    """Returns the name of a class, for people.

    Raises:
        ValueError: If the label is negative.
    """
    if label < 0:
        raise ValueError(f"`label` must be at least 0. Received: label={label}")
    if label >= PRISTINE:
        return "pristine" if label == PRISTINE else "authentic"
    names = {row.number: name for name, row in DISTORTIONS.items()}
    return f"{names[label // LEVELS + 1]} {label % LEVELS + 1}"


def steps_per_epoch(
    images: Images, authentic_images: Images | None, config: Config
) -> int:
    """Returns the number of batches per epoch, which the smaller source limits.

    An epoch has `versions_per_epoch` distorted images for each pristine one, as the
    authors count.

    Raises:
        ValueError: If a source has fewer images than its share of a batch, or a batch
            cannot be divided evenly.
    """
    sources = 1 if authentic_images is None else 2
    share = config.batch_size // sources
    if config.batch_size % sources:
        raise ValueError(
            "`batch_size` must be even, half distorted and half authentic images. "
            f"Received: batch_size={config.batch_size}"
        )
    images.check_batch(math.ceil(share / config.versions_per_epoch))
    steps = images.count * config.versions_per_epoch // share
    if authentic_images is not None:
        authentic_images.check_batch(share)
        steps = min(steps, authentic_images.count // share)
    return steps


def of_class(
    image: np.ndarray, label: int, rng: np.random.Generator, *, traced: bool = False
) -> np.ndarray:
    """Returns a pristine image, uint8 `(height, width, 3)`, as an example of a class.

    Raises:
        ValueError: If the label is not a class of distorted or pristine images.
    """
    return distorted(image, label, draw_key(label, rng), traced=traced)


def draw_key(label: int, rng: np.random.Generator) -> np.ndarray | None:
    """Returns the key of the randomness in a distortion; `None` if there is none.

    Raises:
        ValueError: If the label is not a class of distorted or pristine images.
    """
    if label not in range(CLASSES):
        raise ValueError(
            f"`label` must be one of 0 to {PRISTINE}. Received: label={label}"
        )
    if label == PRISTINE:
        return None
    return rng.integers(-(2**31), 2**31, 2).astype(np.int32)


def distorted(
    image: np.ndarray, label: int, key: np.ndarray | None, *, traced: bool = False
) -> np.ndarray:
    """Returns an image as an example of a class, with a key from `draw_key`."""
    if key is None:
        return image
    number, level = label // LEVELS + 1, label % LEVELS + 1
    return distort_image(image, number, level, key, traced=traced)


@dataclasses.dataclass(frozen=True)
class Version:
    """A version of a pristine image: its class, its key and its two views."""

    label: int
    key: np.ndarray | None
    views: tuple[View, View]


def draw_versions(
    config: Config, seed: int, image: np.ndarray, index: np.int64, epoch: np.int64
) -> tuple[np.ndarray, list[Version]]:
    """Returns the part of an image that is distorted, and what is made of it."""
    rng = np.random.default_rng([_DISTORTED, seed, int(epoch), int(index)])
    image = cut(image, rng, side=2 * config.crop_size)
    classes = _classes(min(image.shape[:2]))
    # Small images are too small for some classes.
    scarce = len(classes) < config.versions
    labels = rng.choice(classes, config.versions, replace=scarce)
    return image, [
        Version(label, draw_key(label, rng), _draw_views(config, image, rng))
        for label in labels.tolist()
    ]


def draw_authentic(
    config: Config, seed: int, image: np.ndarray, index: np.int64, epoch: np.int64
) -> tuple[View, View]:
    """Returns the views of an authentic image."""
    rng = np.random.default_rng([_AUTHENTIC, seed, int(epoch), int(index)])
    return _draw_views(config, image, rng)


def _draw_views(
    config: Config, image: np.ndarray, rng: np.random.Generator
) -> tuple[View, View]:
    height, width = image.shape[:2]
    return draw_views(height, width, rng, size=config.crop_size, colors=config.colors)


def _distorted(
    config: Config, seed: int, traced: bool, *example: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the views of one or more versions of an image, and their classes."""
    image, versions = draw_versions(config, seed, *example)
    views = [
        _shown(config, distorted(image, v.label, v.key, traced=traced), v.views)
        for v in versions
    ]
    return np.stack(views), np.array([v.label for v in versions], np.int32)


def _authentic(
    config: Config, seed: int, image: np.ndarray, *example: Any
) -> tuple[np.ndarray, np.int32]:
    """Returns the views of an image; its class is assigned within its batch."""
    views = draw_authentic(config, seed, image, *example)
    return _shown(config, image, views), np.int32(CLASSES)


def _shown(config: Config, image: np.ndarray, views: tuple[View, View]) -> np.ndarray:
    return np.stack([view.of(image, lab=config.lab) for view in views])


def _as_inputs(views: Any, labels: Any) -> tuple:
    """Returns a batch as a model takes it; assigns classes to authentic images."""
    labels = pipelines.distinct(labels, first=CLASSES)
    return (views[:, 0], views[:, 1]), labels


def cut(image: np.ndarray, rng: np.random.Generator, *, side: int) -> np.ndarray:
    """Returns a random crop of an image, at most `side` pixels high and wide."""
    spare = np.maximum(np.array(image.shape[:2]) - side, 0)
    top, left = rng.integers(spare + 1).tolist()
    return image[top : top + side, left : left + side]


@functools.cache
def _classes(min_side: int) -> np.ndarray:
    """Returns the classes possible for images of a size; some need larger ones."""
    types = np.array(types_for_side(min_side))
    return np.append(LEVELS * (types[:, None] - 1) + np.arange(LEVELS), PRISTINE)
