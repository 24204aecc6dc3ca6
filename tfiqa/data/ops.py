"""Functions of one example, for use inside `tf.data`.

An example is a dict of tensors, as `tfiqa.data.load` yields it.
"""

from typing import Any

import numpy as np
import tensorflow as tf
from PIL import Image

from tfiqa.data.decode import decode
from tfiqa.pixels.reflection import reflected


def decode_tensor(encoded: tf.Tensor) -> tf.Tensor:
    """Returns the pixels, uint8 `(height, width, 3)`, of a scalar of encoded bytes.

    Raises:
        tf.errors.InvalidArgumentError: If `decode` raises `DecodeError`.
    """
    pixels = tf.numpy_function(decode, [encoded], tf.uint8, stateful=False)
    pixels.set_shape((None, None, 3))
    return pixels


def decode_example(example: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """Returns the example with pixels as `image` instead of encoded bytes."""
    return {**example, "image": decode_tensor(example["image"])}


def resize(image: tf.Tensor, height: int, width: int) -> tf.Tensor:
    """Returns a uint8 image resized by Pillow's bilinear filter."""

    def call(pixels):
        return np.asarray(
            Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR)
        )

    resized = tf.numpy_function(call, [image], tf.uint8, stateful=False)
    resized.set_shape((height, width, 3))
    return resized


def random_crop(image: tf.Tensor, seed: tf.Tensor, *, size: int) -> tf.Tensor:
    """Returns a square crop, drawn uniformly, mirrored with probability 1/2.

    Args:
        image: `(height, width, 3)`; extended by reflection if it is smaller than the
            crop.
        seed: int32 `(2,)`; equal seeds give equal crops.
        size: Side of the crop.
    """
    corner, mirrored = drawn_crop(tf.shape(image)[:2], seed, size=size)
    steps = tf.range(size)
    columns = tf.where(mirrored, steps[::-1], steps)
    return window(image, corner[0] + steps, corner[1] + columns)


def drawn_crop(
    extent: tf.Tensor, seed: tf.Tensor, *, size: int
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the first row and column, int32 `(2,)`, of a crop, and if it is mirrored.

    Args:
        extent: Height and width of the image.
        seed: int32 `(2,)`; see `random_crop`.
        size: Side of the crop.
    """
    draws = tf.random.stateless_uniform((3,), seed)
    spare = tf.maximum(extent - size, 0)
    corner = tf.cast(draws[:2] * tf.cast(spare + 1, tf.float32), tf.int32)
    return tf.minimum(corner, spare), draws[2] >= 0.5


def window(image: tf.Tensor, rows: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
    """Returns the pixels at rows and columns; reflects the image at its borders."""
    height, width = tf.unstack(tf.shape(image)[:2])
    image = tf.gather(image, reflected(rows, height, tf))
    return tf.gather(image, reflected(columns, width, tf), axis=1)


def example_key(seed: int, epoch: Any, index: tf.Tensor) -> tf.Tensor:
    """Returns the key of one image in one epoch of a run, int32 `(2,)`.

    Runs with different seeds get different keys. An int32 holds the index of the epoch
    and 20 bits of the seed; the rest of a larger seed is folded in.

    Args:
        seed: Seed of the run, 0 or more.
        epoch: Index of the epoch, less than 4096; an integer or an integer scalar.
        index: Integer scalar, the index of the image.
    """
    low, high = seed & 0xFFFFF, seed >> 20
    first = tf.cast(epoch, tf.int64) + (low << 12)  # Wraps around in an int32.
    key = tf.stack([tf.cast(first, tf.int32), tf.cast(index, tf.int32)])
    return tf.convert_to_tensor(tf.random.fold_in(key, high)) if high else key


def split_seed(seed: tf.Tensor, count: int) -> tf.Tensor:
    """Returns `count` independent seeds, int32 `(count, 2)`, derived from one."""
    bounds = tf.int32.min, tf.int32.max
    return tf.random.stateless_uniform((count, 2), seed, *bounds, tf.int32)
