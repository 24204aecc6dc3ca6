"""Pairs of views of images in batches, repeatable epoch by epoch.

Crops are pure functions of the seed, the epoch and the index of an image: training that
starts at epoch 7 sees what an uninterrupted run sees there.
"""

from collections.abc import Callable
from typing import Any
from typing import Protocol

import tensorflow as tf

from tfiqa.data import ops
from tfiqa.data.order import WHOLE
from tfiqa.data.order import Part


class Examples(Protocol):
    """Images, or stacks of versions of images, at positions of epochs."""

    @property
    def count(self) -> int:
        """Number of examples in an epoch."""
        ...

    def at(self, seed: int, epoch: Any, position: tf.Tensor) -> dict[str, tf.Tensor]:
        """Returns a dict of `image` and `index`; see `Images.at`."""
        ...


def batches(
    images: Examples,
    cut: Callable[[tf.Tensor, tf.Tensor], Any],
    *,
    batch_size: int,
    seed: int,
    epochs: range,
    part: Part = WHOLE,
) -> tf.data.Dataset:
    """Returns the batches of all `epochs`, one epoch after another.

    Args:
        images: The images, or stacks of them.
        cut: Function from an image, uint8 `(height, width, 3)`, and a key, int32
            `(2,)`, to an element of the batch; always of one shape. Tuples of tensors
            become tuples of batches.
        batch_size: Number of images per batch; the rest of an epoch is skipped.
        seed: Seed of the run.
        epochs: Indices of the epochs.
        part: The batches that are made, and the rows of each.
    """

    def element(epoch, position):
        example = images.at(seed, epoch, position)
        return cut(example["image"], ops.example_key(seed, epoch, example["index"]))

    steps = images.count // batch_size
    places = part.positions(epochs, steps=steps, size=batch_size)
    cuts = places.map(element, num_parallel_calls=tf.data.AUTOTUNE)
    return part.marked(cuts.batch(part.share(batch_size), drop_remainder=True))


def scene(image: tf.Tensor, key: tf.Tensor, height: int, width: int) -> tf.Tensor:
    """Returns a random crop, `(height, width, 3)`; see `batches` for the key.

    Smaller images are extended by reflection.
    """
    draws = tf.random.stateless_uniform((2,), key)
    size = tf.constant([height, width])
    spare = tf.maximum(tf.shape(image)[:2] - size, 0)
    corner = tf.cast(draws * tf.cast(spare + 1, tf.float32), tf.int32)
    corner = tf.minimum(corner, spare)
    return ops.window(image, corner[0] + tf.range(height), corner[1] + tf.range(width))


def scene_of_versions(
    versions: tf.Tensor, key: tf.Tensor, height: int, width: int
) -> tf.Tensor:
    """Returns the same random crop of all versions of an image; see `scene`.

    Args:
        versions: `(n, rows, columns, 3)`; `n` is known.
        key: int32 `(2,)`.
        height: Height of the crop.
        width: Width of the crop.

    Returns:
        `(n, height, width, 3)`.
    """
    stack = tf.unstack(versions)
    crop = scene(tf.concat(stack, axis=-1), key, height, width)
    return tf.stack(tf.split(crop, len(stack), axis=-1))


def two_views(images: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
    """Returns two disjoint square crops, at the same positions in all images.

    The images are halved into top and bottom, or left and right. A square is cut from
    each half at a random position; its side is half the shorter side of the images. The
    last row or column is repeated if their number is odd.

    Args:
        images: `(n, height, width, 3)`.
        key: int32 `(2,)`; equal keys give equal positions.

    Returns:
        `(n, 2, side, side, 3)`.

    Reference: "No Reference Opinion Unaware Quality Assessment of Authentically
    Distorted Images", WACV 2023.
    """
    images = _even(_even(images, axis=1), axis=2)
    size = tf.shape(images)[1:3]
    side = tf.reduce_min(size) // 2
    draws = tf.random.stateless_uniform((5,), key)
    halved = tf.where(draws[4] < 0.5, tf.constant([1, 0]), tf.constant([0, 1]))
    half = size // (1 + halved)
    views = []
    for index in (0, 1):
        position = draws[2 * index : 2 * index + 2]
        spare = half - side
        corner = tf.cast(position * tf.cast(spare + 1, tf.float32), tf.int32)
        corner = tf.minimum(corner, spare) + index * halved * half
        rows = slice(corner[0], corner[0] + side)
        columns = slice(corner[1], corner[1] + side)
        views.append(images[:, rows, columns])
    return tf.stack(views, axis=1)


def resized_views(image: tf.Tensor, key: tf.Tensor, size: int) -> tf.Tensor:
    """Returns `two_views` of one image, float32 `(2, size, size, 3)`.

    They are resized by bilinear interpolation without antialiasing.
    """
    views = two_views(image[None], key)[0]
    resized = tf.image.resize(views, (size, size), method="bilinear", antialias=False)
    return tf.ensure_shape(resized, (2, size, size, 3))


def native_views(
    image: tf.Tensor, key: tf.Tensor, size: int
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns a crop of each of `two_views` at its own scale, and the views resized.

    Both are float32 `(2, size, size, 3)`. Views smaller than the crops are extended by
    reflection. They are resized with antialiasing, so that what fine distortions leave
    in the pixels is in the crops alone.
    """
    keys = ops.split_seed(key, 3)
    views = two_views(image[None], keys[0])[0]
    first, second = tf.unstack(views, num=2)
    crops = [scene(first, keys[1], size, size), scene(second, keys[2], size, size)]
    resized = tf.image.resize(views, (size, size), method="bilinear", antialias=True)
    shape = (2, size, size, 3)
    return (
        tf.ensure_shape(tf.cast(tf.stack(crops), tf.float32), shape),
        tf.ensure_shape(resized, shape),
    )


def _even(images: tf.Tensor, *, axis: int) -> tf.Tensor:
    length = tf.shape(images)[axis]
    even = length + tf.math.floormod(length, 2)
    indices = tf.minimum(tf.range(even), length - 1)
    return tf.gather(images, indices, axis=axis)
