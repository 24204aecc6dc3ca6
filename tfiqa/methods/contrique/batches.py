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
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfiqa.data import epochs as pipelines
from tfiqa.data.images import Images
from tfiqa.data.order import WHOLE
from tfiqa.data.order import Part
from tfiqa.methods.contrique import composed
from tfiqa.methods.contrique import drawing
from tfiqa.methods.contrique.config import CLASSES
from tfiqa.methods.contrique.config import Config
from tfiqa.methods.contrique.stored import stored_labels

# From this number of images on, tracing a graph for each class pays off.
_WORTH_TRACING = 4000

# Shapes and types of the arrays of an element.
Elements = Sequence[tuple[tuple[int, ...], str]]


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
        A `tf.data.Dataset` of `((view_1, view_2), labels)`: uint8
        `(batch_size, crop_size, crop_size, 3)`, and int32 `(batch_size,)`, or sets
        `(batch_size, sequence)` if that is more than 1. One of the two views of an
        image is at half scale.

    Raises:
        ValueError: If a source has fewer images than its share of a batch.
    """
    options = {"seed": seed, "epochs": epochs}
    make = functools.partial(_batches, images, authentic_images, config, **options)
    return divided(make, images, authentic_images, config, part)


def divided(
    make: Callable[..., Any],
    images: Images,
    authentic_images: Images | None,
    config: Config,
    part: Part,
) -> Any:
    """Returns the batches of a part; it takes its rows of whole ones if need be.

    Args:
        make: Function from the keyword `part` to its batches.
        images: See `batches`.
        authentic_images: See `batches`.
        config: See `batches`.
        part: See `batches`.
    """
    versions = versions_of(images, config) * part.workers
    if part != WHOLE and share_of(authentic_images, config) % versions:
        return part.marked(part.of_batches(make(part=WHOLE)))
    return part.marked(make(part=part))


def _batches(
    images: Images,
    authentic_images: Images | None,
    config: Config,
    *,
    seed: int,
    epochs: range,
    part: Part,
) -> Any:
    views = (2, config.crop_size, config.crop_size, 3), "uint8"
    elements: Elements = (views, (config.label_shape, "int32"))
    options = {"seed": seed, "epochs": epochs, "part": part}
    labels = stored_labels(images, config)
    make = functools.partial(_distorted, config, seed)
    if labels is not None:
        make = functools.partial(_stored, config, seed, labels)
    distorted = distorted_elements(
        images, authentic_images, config, make, elements, **options
    )
    rows = part.share(config.batch_size)
    as_inputs = functools.partial(_as_inputs, part.worker)
    if authentic_images is None:
        return pipelines.batched(distorted, rows).map(as_inputs)
    authentic = authentic_elements(
        *(images, authentic_images, config),
        functools.partial(_authentic, config, seed),
        elements,
        **options,
    )
    both = pipelines.by_turns(distorted, authentic)
    return pipelines.batched(both, rows).map(as_inputs)


def distorted_elements(
    images: Images,
    authentic_images: Images | None,
    config: Config,
    function: Callable[..., tuple[np.ndarray, ...]],
    elements: Elements,
    *,
    seed: int,
    epochs: range,
    part: Part,
) -> Any:
    """Returns a dataset of one element for each distorted image of all epochs.

    Args:
        images: Pristine images, or distorted ones.
        authentic_images: Photographs with their own distortions.
        config: See `batches`.
        function: Takes whether graphs pay off, an image, its index and the epoch;
            returns arrays of `versions_of` elements.
        elements: Shapes and types of the arrays of one element.
        seed: Seed of the run.
        epochs: Indices of the epochs.
        part: See `divided`.
    """
    share, versions = share_of(authentic_images, config), versions_of(images, config)
    count = steps_per_epoch(images, authentic_images, config) * share
    per_epoch = math.ceil(count / versions)
    # The same for a training that is resumed at a later epoch.
    traced = epochs.stop * count >= _WORTH_TRACING
    dataset = pipelines.mapped(
        images,
        functools.partial(function, traced),
        pipelines.arrays(*(((versions, *shape), dtype) for shape, dtype in elements)),
        seed=seed,
        epochs=epochs,
        per_epoch=per_epoch,
        per_batch=None if share % versions else share // versions,
        passes=math.ceil(per_epoch / images.count),
        part=part,
    ).unbatch()
    return _first_of_each(dataset, count=count, of=per_epoch * versions)


def authentic_elements(
    images: Images,
    authentic_images: Images,
    config: Config,
    function: Callable[..., tuple[Any, ...]],
    elements: Elements,
    *,
    seed: int,
    epochs: range,
    part: Part,
) -> Any:
    """Returns a dataset of one element for each authentic image of all epochs.

    Args:
        images: See `distorted_elements`.
        authentic_images: Photographs with their own distortions.
        config: See `batches`.
        function: Takes an image, its index and the epoch; returns an element.
        elements: Shapes and types of its arrays.
        seed: Seed of the run.
        epochs: Indices of the epochs.
        part: See `divided`.
    """
    share = share_of(authentic_images, config)
    return pipelines.mapped(
        authentic_images,
        function,
        pipelines.arrays(*elements),
        seed=seed,
        epochs=epochs,
        per_epoch=steps_per_epoch(images, authentic_images, config) * share,
        per_batch=share,
        part=part,
    )


def _first_of_each(dataset: Any, *, count: int, of: int) -> Any:
    """Returns the first `count` elements of each `of` elements of a dataset."""
    if count == of:
        return dataset
    kept = dataset.enumerate().filter(lambda number, _: number % of < count)
    return kept.map(lambda _, element: element)


def share_of(authentic_images: Images | None, config: Config) -> int:
    """Returns the number of distorted images in a batch."""
    return config.batch_size if authentic_images is None else config.batch_size // 2


def versions_of(images: Images, config: Config) -> int:
    """Returns the number of versions of an image in a pass over the images."""
    return 1 if images.distorted else config.versions


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
    if config.batch_size % (1 if authentic_images is None else 2):
        raise ValueError(
            "`batch_size` must be even, half distorted and half authentic images. "
            f"Received: batch_size={config.batch_size}"
        )
    share = share_of(authentic_images, config)
    versions = 1 if images.distorted else config.versions_per_epoch
    images.check_batch(math.ceil(share / versions))
    steps = images.count * versions // share
    if authentic_images is not None:
        authentic_images.check_batch(share)
        steps = min(steps, authentic_images.count // share)
    return steps


def _distorted(
    config: Config, seed: int, traced: bool, image: np.ndarray, *place: np.int64
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the views of one or more versions of an image, and their classes."""
    if config.sequence > 1:
        rng = drawing.generator(drawing.DISTORTED, seed, *place)
        return _composed(config, drawing.window(image, rng, config), rng)
    image, versions = drawing.draw_versions(config, seed, image, *place)
    views = [
        _shown(config, drawing.distorted(image, v.label, v.key, traced=traced), v.views)
        for v in versions
    ]
    return np.stack(views), np.array([v.label for v in versions], np.int32)


def _composed(
    config: Config, image: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the views of versions with several distortions, and their sets."""
    most, drawn = config.sequence, {}
    while len(drawn) < config.versions:
        steps = composed.draw_steps(min(image.shape[:2]), most, rng)
        drawn[frozenset(steps)] = steps
    views = []
    for steps in drawn.values():
        changed = composed.of_steps(image, steps, rng)
        views.append(_shown(config, changed, drawing.views_of(changed, rng, config)))
    labels = [composed.label_of(steps, most) for steps in drawn.values()]
    return np.stack(views), np.stack(labels)


def _stored(
    config: Config,
    seed: int,
    labels: np.ndarray,
    traced: bool,
    image: np.ndarray,
    index: np.int64,
    epoch: np.int64,
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the views of a stored version, and its class."""
    rng = drawing.generator(drawing.DISTORTED, seed, index, epoch)
    views = _shown(config, image, drawing.views_of(image, rng, config))
    return views[None], _alone(labels[index], config)[None]


def _authentic(
    config: Config, seed: int, image: np.ndarray, *place: np.int64
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the views of an image; its class is assigned within its batch."""
    views = drawing.draw_authentic(config, seed, image, *place)
    return _shown(config, image, views), _alone(CLASSES, config)


def _shown(config: Config, image: np.ndarray, views: drawing.Views) -> np.ndarray:
    return np.stack([view.of(image, lab=config.lab) for view in views])


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
    return (views[:, 0], views[:, 1]), labels
