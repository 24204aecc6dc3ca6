"""Functions of one example, for use inside `tf.data`.

An example is a dict of tensors as `tfiqa.data.load` yields it.
"""

import numpy as np
import tensorflow as tf
from PIL import Image

from tfiqa.data.decode import decode


def decode_tensor(encoded: tf.Tensor) -> tf.Tensor:
    """Returns the pixels, uint8 `(height, width, 3)`, of a scalar of encoded bytes.

    Raises:
        tf.errors.InvalidArgumentError: Where `decode` raises `DecodeError`.
    """
    pixels = tf.numpy_function(decode, [encoded], tf.uint8, stateful=False)
    pixels.set_shape((None, None, 3))
    return pixels


def decode_example(example: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """Returns the example with pixels as `image` instead of encoded bytes."""
    return {**example, "image": decode_tensor(example["image"])}


def resize(image: tf.Tensor, height: int, width: int) -> tf.Tensor:
    """Returns a uint8 picture as Pillow's bilinear filter resizes it."""

    def call(pixels):
        return np.asarray(
            Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR)
        )

    resized = tf.numpy_function(call, [image], tf.uint8, stateful=False)
    resized.set_shape((height, width, 3))
    return resized


def random_crop(image: tf.Tensor, seed: tf.Tensor, *, size: int) -> tf.Tensor:
    """Returns a square crop, drawn uniformly, mirrored in half of the cases.

    Args:
        image: `(height, width, 3)`; continued by reflection where it is smaller.
        seed: int32 `(2,)`; equal seeds give equal crops.
        size: Side of the crop.
    """
    places = tf.random.stateless_uniform((3,), seed)
    spare = tf.maximum(tf.shape(image)[:2] - size, 0)
    corner = tf.cast(places[:2] * tf.cast(spare + 1, tf.float32), tf.int32)
    corner = tf.minimum(corner, spare)
    steps = tf.range(size)
    columns = tf.where(places[2] < 0.5, steps, steps[::-1])
    rows = reflected(corner[0] + steps, tf.shape(image)[0])
    columns = reflected(corner[1] + columns, tf.shape(image)[1])
    return tf.gather(tf.gather(image, rows), columns, axis=1)


def split_seed(seed: tf.Tensor, count: int) -> tf.Tensor:
    """Returns `count` independent seeds, int32 `(count, 2)`, made from one."""
    bounds = tf.int32.min, tf.int32.max
    return tf.random.stateless_uniform((count, 2), seed, *bounds, tf.int32)


def reflected(indices: tf.Tensor, length: tf.Tensor) -> tf.Tensor:
    """Returns indices folded into `[0, length)` by reflection about the ends."""
    period = tf.maximum(2 * (length - 1), 1)
    folded = tf.math.floormod(indices, period)
    return tf.minimum(tf.minimum(folded, period - folded), length - 1)
