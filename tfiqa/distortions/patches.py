"""Squares that are written into planes one after another."""

from collections.abc import Callable

import tensorflow as tf

from tfiqa.distortions.filters import dimensions


@tf.function(autograph=False, reduce_retracing=True)
def copy_patches(
    planes: tf.Tensor, corners: tf.Tensor, targets: tf.Tensor, side: int
) -> tf.Tensor:
    """Returns planes after patches were copied within them, in sequence.

    Args:
        planes: `(batch, channels, height, width)`.
        corners: int32 `(batch, count, 2)`: row and column where each patch starts.
        targets: int32 `(batch, count, 2)`: where its copy starts.
        side: Height and width of a patch.
    """

    def patch(pixels, index):
        return tf.gather(pixels, _places(planes, corners[:, index], side))

    return _write(planes, targets, side, patch)


@tf.function(autograph=False, reduce_retracing=True)
def paint_squares(
    planes: tf.Tensor, corners: tf.Tensor, colors: tf.Tensor, side: int
) -> tf.Tensor:
    """Returns planes after squares of one color were painted, in sequence.

    Args:
        planes: `(batch, channels, height, width)`.
        corners: int32 `(batch, count, 2)`: row and column where each square starts.
        colors: `(batch, count, channels)`.
        side: Height and width of a square.
    """

    def square(pixels, index):
        del pixels  # A color covers whatever was there.
        return tf.repeat(colors[:, index, :, None], side * side, axis=2)

    return _write(planes, corners, side, square)


def _write(
    planes: tf.Tensor,
    targets: tf.Tensor,
    side: int,
    values: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
) -> tf.Tensor:
    """Returns planes after `values(pixels, index)` were written to each target.

    The functions above are graphs because there a loop owns the pixels and writes in
    their place, where it would copy all of them for each square.
    """

    def write(index, pixels):
        places = _places(planes, targets[:, index], side)
        new = values(pixels, index)
        return index + 1, tf.tensor_scatter_nd_update(
            pixels, tf.expand_dims(places, -1), new
        )

    count = dimensions(targets)[1]
    _, pixels = tf.while_loop(
        lambda index, _: index < count,
        write,
        (0, tf.reshape(planes, (-1,))),
        parallel_iterations=1,
    )
    return tf.reshape(pixels, dimensions(planes))


def _places(planes: tf.Tensor, corners: tf.Tensor, side: int) -> tf.Tensor:
    """Returns flat indices `(batch, channels, side * side)` of a square of each."""
    batch, channels, height, width = dimensions(planes)
    offsets = tf.range(side)[:, None] * width + tf.range(side)
    starts = corners[:, :1] * width + corners[:, 1:]
    starts += tf.range(batch)[:, None] * (channels * height * width)
    starts = starts[:, :, None] + tf.range(channels)[:, None] * (height * width)
    return starts + tf.reshape(offsets, (-1,))
