"""Batches of distorted images, with the classes that the S-CNN learns.

Everything is drawn from the seed of the run, the epoch and the index of an image, so a
resumed training sees the same batches.
"""

import functools
from typing import Any

import numpy as np
from PIL import Image

from tfiqa.data import epochs as pipelines
from tfiqa.data.images import Images
from tfiqa.data.order import WHOLE
from tfiqa.data.order import Part
from tfiqa.distortions import DBCNN
from tfiqa.distortions.dbcnn import CLASSES
from tfiqa.distortions.single import distort_image
from tfiqa.methods.db_cnn.config import Config
from tfiqa.pixels.reflection import reflected


def batches(
    images: Images, config: Config, *, seed: int, epochs: range, part: Part = WHOLE
) -> Any:
    """Returns the batches of all `epochs`, one epoch after another.

    Each image gets one of the 39 types and levels, all equally likely. It is then
    resized to a shorter side of `scnn_resize` pixels, cropped at random and mirrored
    with probability 1/2.

    Args:
        images: Images without distortions.
        config: Its fields `scnn_*` are used.
        seed: Seed of the run.
        epochs: Indices of the epochs. Each has `images.count // scnn_batch_size`
            batches.
        part: The batches that are made, and the images of each.

    Returns:
        A `tf.data.Dataset` of pairs: float32 `(scnn_batch_size, scnn_crop_size,
        scnn_crop_size, 3)` in `[0, 255]`, and int32 `(scnn_batch_size,)`, positions in
        `distortions.dbcnn.CLASSES`.
    """
    size, batch = config.scnn_crop_size, config.scnn_batch_size
    examples = pipelines.mapped(
        images,
        functools.partial(_example, config, seed),
        pipelines.arrays(((size, size, 3), "uint8"), ((), "int32")),
        seed=seed,
        epochs=epochs,
        per_epoch=images.count // batch * batch,
        per_batch=batch,
        part=part,
    )
    rows = pipelines.batched(examples, part.share(batch))
    return part.marked(rows).map(
        lambda crops, classes: (pipelines.as_float(crops), classes)
    )


def of_class(image: np.ndarray, label: int, rng: np.random.Generator) -> np.ndarray:
    """Returns an image, uint8 `(height, width, 3)`, as an example of a class.

    Raises:
        ValueError: If there is no such class.
    """
    if label not in range(len(CLASSES)):
        raise ValueError(
            f"`label` must be one of 0 to {len(CLASSES) - 1}. Received: label={label}"
        )
    name, level = CLASSES[label]
    key = rng.integers(-(2**31), 2**31, 2).astype(np.int32)
    return distort_image(image, DBCNN[name].number, level, key, bank="dbcnn")


def resized(image: np.ndarray, side: int) -> np.ndarray:
    """Returns an image whose shorter side has `side` pixels, by a bilinear filter."""
    height, width = image.shape[:2]
    shorter = min(height, width)
    if side in (0, shorter):
        return image
    size = (int(width * side / shorter), int(height * side / shorter))
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BILINEAR))


def random_crop(
    image: np.ndarray, rng: np.random.Generator, *, size: int
) -> np.ndarray:
    """Returns a random square crop, mirrored with probability 1/2.

    Smaller images are extended by reflection.
    """
    spare = np.maximum(np.array(image.shape[:2]) - size, 0)
    rows, columns = (
        reflected(start + np.arange(size), side, np)
        for start, side in zip(rng.integers(spare + 1), image.shape[:2], strict=True)
    )
    return image[rows[:, None], columns[:: rng.choice((1, -1))]]


def _example(
    config: Config, seed: int, image: np.ndarray, index: np.int64, epoch: np.int64
) -> tuple[np.ndarray, np.int32]:
    """Returns a crop of a distorted image, and its class."""
    rng = np.random.default_rng([seed, int(epoch), int(index)])
    label = int(rng.integers(len(CLASSES)))
    changed = resized(of_class(image, label, rng), config.scnn_resize)
    return random_crop(changed, rng, size=config.scnn_crop_size), np.int32(label)
