"""Batches of views, with the classes by which the loss compares them.

A distorted image has the class `5 (type - 1) + (level - 1)` of 25 types at five levels;
a pristine one has the class 125. The four levels that equal their source are no
classes, unless the authors' labels are asked for. Each authentic image is its own
class, from 126 on. With several distortions of an image, these numbers are the members
of sets; see `composed`.
Everything is drawn from the seed of the run, the epoch and the index of an image, so a
resumed training sees the same batches.
"""

import functools
import math
from typing import Any

import numpy as np

from tfiqa.data import epochs as pipelines
from tfiqa.data.images import Images
from tfiqa.data.order import WHOLE
from tfiqa.data.order import Part
from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions.single import distort_image
from tfiqa.distortions.single import types_for_side
from tfiqa.distortions.unchanged import leaves_unchanged
from tfiqa.methods.contrique import composed
from tfiqa.methods.contrique.config import CLASSES
from tfiqa.methods.contrique.config import LEVELS
from tfiqa.methods.contrique.config import PRISTINE
from tfiqa.methods.contrique.config import Config
from tfiqa.methods.contrique.stored import stored_labels
from tfiqa.methods.contrique.views import two_views

# From this number of images on, tracing a graph for each class pays off.
_WORTH_TRACING = 4000

# Side of the part of an image that is distorted, in sides of a crop: a view at half
# scale covers two of them, so that both views have room to move.
_WINDOW = 3

# Both kinds of images draw independently.
_DISTORTED, _AUTHENTIC = 0, 1


def batches(
    images: Images,
    authentic_images: Images | None,
    config: Config,
    *,
    seed: int,
    epochs: range,
    part: Part = WHOLE,
) -> Any:
    """Returns the batches of all `epochs`, one epoch after another.

    Half of each batch are `images`, distorted here; each class is equally likely. An
    epoch passes over them `versions_per_epoch / versions` times. The other half are
    `authentic_images`, unchanged; the two alternate. Without authentic images, all are
    distorted ones. Images larger than three times the side of a crop are randomly
    cropped to that before they are distorted. Both views lie anywhere in it.

    Images that a dataset stores distorted are not distorted here: their classes are
    those of `stored.stored_labels`, and an epoch passes over them once.

    Args:
        images: Pristine images, or distorted ones whose type and level are stored.
        authentic_images: Photographs with their own distortions.
        config: Its `batch_size`, `versions` and options of the views are used.
        seed: Seed of the run.
        epochs: Indices of the epochs. Each has `steps_per_epoch` batches.
        part: The batches that are made, and the rows of each. Images with several
            versions that more than one part needs are distorted for all of them.

    Returns:
        A `tf.data.Dataset` of `((view_1, view_2), labels)`: float32
        `(batch_size, crop_size, crop_size, 3)` in `[0, 255]`, and int32
        `(batch_size,)`, or sets `(batch_size, sequence)` if that is more than 1. One of
        the two views of an image is at half scale.

    Raises:
        ValueError: If a source has fewer images than its share of a batch.
    """
    steps = steps_per_epoch(images, authentic_images, config)
    share = config.batch_size if authentic_images is None else config.batch_size // 2
    size = config.crop_size
    # The same for a training that is resumed at a later epoch.
    traced = epochs.stop * steps * share >= _WORTH_TRACING
    labels, shape = stored_labels(images, config), config.label_shape
    if labels is None:
        count = config.versions
        make = functools.partial(_distorted, config, seed, traced)
    else:
        count = 1
        make = functools.partial(_stored, config, seed, labels)
    per_epoch = math.ceil(steps * share / count)
    per_batch, rest = divmod(share, count * part.workers)
    if rest and part != WHOLE:
        whole = batches(images, authentic_images, config, seed=seed, epochs=epochs)
        return part.marked(part.of_batches(whole))
    per_batch *= part.workers
    build = functools.partial(pipelines.mapped, seed=seed, epochs=epochs, part=part)
    distorted = build(
        images,
        make,
        pipelines.arrays(
            ((count, 2, size, size, 3), "uint8"), ((count, *shape), "int32")
        ),
        per_epoch=per_epoch,
        per_batch=None if rest else per_batch,
        passes=math.ceil(per_epoch / images.count),
    ).unbatch()
    distorted = _first_of_each(distorted, count=steps * share, of=per_epoch * count)
    rows = part.share(config.batch_size)
    as_inputs = functools.partial(_as_inputs, part.worker)
    if authentic_images is None:
        return part.marked(pipelines.batched(distorted, rows).map(as_inputs))
    authentic = build(
        authentic_images,
        functools.partial(_authentic, config, seed),
        pipelines.arrays(((2, size, size, 3), "uint8"), (shape, "int32")),
        per_epoch=steps * share,
        per_batch=share,
    )
    both = pipelines.batched(pipelines.by_turns(distorted, authentic), rows)
    return part.marked(both.map(as_inputs))


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
    authors count, or all images of a dataset that stores them distorted.

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
    versions = 1 if images.distorted else config.versions_per_epoch
    images.check_batch(math.ceil(share / versions))
    steps = images.count * versions // share
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
    if label not in range(CLASSES):
        raise ValueError(
            f"`label` must be one of 0 to {PRISTINE}. Received: label={label}"
        )
    if label == PRISTINE:
        return image
    key = rng.integers(-(2**31), 2**31, 2).astype(np.int32)
    number, level = label // LEVELS + 1, label % LEVELS + 1
    return distort_image(image, number, level, key, traced=traced)


def _distorted(
    config: Config,
    seed: int,
    traced: bool,
    image: np.ndarray,
    index: np.int64,
    epoch: np.int64,
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the views of one or more versions of an image, and their classes."""
    rng = np.random.default_rng([_DISTORTED, seed, int(epoch), int(index)])
    image = _cut(image, rng, side=_WINDOW * config.crop_size)
    if config.sequence > 1:
        return _composed(config, image, rng)
    classes = _classes(min(image.shape[:2]), config.unchanged_classes)
    # Small images are too small for some classes.
    scarce = len(classes) < config.versions
    labels = rng.choice(classes, config.versions, replace=scarce)
    views = [
        two_views(of_class(image, label, rng, traced=traced), rng, **_options(config))
        for label in labels.tolist()
    ]
    return np.stack(views), labels.astype(np.int32)


def _composed(
    config: Config, image: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the views of versions with several distortions, and their sets."""
    most, drawn = config.sequence, {}
    while len(drawn) < config.versions:
        steps = composed.draw_steps(min(image.shape[:2]), most, rng)
        drawn[frozenset(steps)] = steps
    views = [
        two_views(composed.of_steps(image, steps, rng), rng, **_options(config))
        for steps in drawn.values()
    ]
    labels = [composed.label_of(steps, most) for steps in drawn.values()]
    return np.stack(views), np.stack(labels)


def _stored(
    config: Config,
    seed: int,
    labels: np.ndarray,
    image: np.ndarray,
    index: np.int64,
    epoch: np.int64,
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the views of a stored version, and its class."""
    rng = np.random.default_rng([_DISTORTED, seed, int(epoch), int(index)])
    views = two_views(image, rng, **_options(config))
    return views[None], _alone(labels[index], config)[None]


def _authentic(
    config: Config, seed: int, image: np.ndarray, index: np.int64, epoch: np.int64
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the views of an image; its class is assigned within its batch."""
    rng = np.random.default_rng([_AUTHENTIC, seed, int(epoch), int(index)])
    return two_views(image, rng, **_options(config)), _alone(CLASSES, config)


def _alone(label: int, config: Config) -> np.ndarray:
    """Returns one class as the label of an image, `label_shape`."""
    if config.sequence == 1:
        return np.array(label, np.int32)
    return np.array([label] + [composed.FILL] * (config.sequence - 1), np.int32)


def _as_inputs(worker: int, views: Any, labels: Any) -> tuple:
    """Returns rows as a model takes them; assigns classes to authentic images."""
    flat = pipelines.reshaped(labels, (-1,))
    distinct = pipelines.distinct(flat, first=CLASSES, worker=worker)
    labels = pipelines.reshaped(distinct, (-1, *labels.shape[1:]))
    views = pipelines.as_float(views)
    return (views[:, 0], views[:, 1]), labels


def _options(config: Config) -> dict[str, Any]:
    return {"size": config.crop_size, "colors": config.colors, "lab": config.lab}


def _cut(image: np.ndarray, rng: np.random.Generator, *, side: int) -> np.ndarray:
    """Returns a random crop of an image, at most `side` pixels high and wide."""
    spare = np.maximum(np.array(image.shape[:2]) - side, 0)
    top, left = rng.integers(spare + 1).tolist()
    return image[top : top + side, left : left + side]


@functools.cache
def _classes(min_side: int, unchanged: bool) -> np.ndarray:
    """Returns the classes possible for images of a size; some need larger ones.

    `unchanged` includes the levels that equal their source.
    """
    types = types_for_side(min_side)
    rows = [row for row in DISTORTIONS.values() if row.number in types]
    labels = [
        row.label(level)
        for row in rows
        for level in range(1, LEVELS + 1)
        if unchanged or not leaves_unchanged(row, level)
    ]
    return np.array([*labels, PRISTINE])
