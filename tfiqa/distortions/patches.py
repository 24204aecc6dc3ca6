"""Squares that are written into planes one after another.

Where squares overlap, the last one wins. Compiled functions of a fixed size therefore
first compute, from the positions of the squares alone and one image at a time, where
each pixel comes from in the end. Then all pixels are written at once.
"""

import functools
from collections.abc import Callable

import tensorflow as tf

from tfiqa.distortions.compiled import graph
from tfiqa.distortions.filters import dimensions


def copy_patches(
    planes: tf.Tensor, corners: tf.Tensor, targets: tf.Tensor, side: int
) -> tf.Tensor:
    """Copies patches within planes, in sequence.

    Args:
        planes: `(batch, channels, height, width)`.
        corners: int32 `(batch, count, 2)`: first row and column of each patch.
        targets: int32 `(batch, count, 2)`: first row and column of its copy.
        side: Height and width of a patch.
    """
    sources = _for_each_image(_sources, corners.shape[1], side)(corners, targets)
    values = tf.gather(_pixels(planes), _flat(sources, planes))
    return _write(planes, _points(targets, side), values)


def paint_squares(
    planes: tf.Tensor, corners: tf.Tensor, colors: tf.Tensor, side: int
) -> tf.Tensor:
    """Paints squares of one color each into planes, in sequence.

    Args:
        planes: `(batch, channels, height, width)`.
        corners: int32 `(batch, count, 2)`: first row and column of each square.
        colors: `(batch, count, channels)`.
        side: Height and width of a square.
    """
    owners = _for_each_image(_owners, corners.shape[1], side)(corners)
    points = _points(corners, side)
    return _write(planes, points, tf.gather(colors, owners, batch_dims=1))


@functools.cache
def _for_each_image(
    of_image: Callable[..., tf.Tensor], count: int, side: int
) -> Callable[..., tf.Tensor]:
    """Returns a function of batches of `count` squares, from one of a single image."""
    compiled = tf.function(of_image, jit_compile=True, autograph=False)

    def run(*positions: tf.Tensor) -> tf.Tensor:
        known = tuple(tf.ensure_shape(p, (None, count, 2)) for p in positions)
        return tf.map_fn(
            lambda rows: compiled(*rows, side), known, fn_output_signature=tf.int32
        )

    return graph(run)


def _sources(corners: tf.Tensor, targets: tf.Tensor, side: int) -> tf.Tensor:
    """Returns where the final pixels of all targets come from in the image.

    Args:
        corners: `(count, 2)`.
        targets: `(count, 2)`.
        side: Height and width of a patch.

    Returns:
        int32 `(count * side * side, 2)`.
    """
    count = corners.shape[0]
    pixels = _points(corners[None], side)[0]
    pixels = tf.reshape(pixels, (count, side * side, 2))

    def resolve(points, before, known):
        """Follows points into the last patch, before an index, that covers them."""
        owners = _last_covering(points, targets, side, before)
        last = tf.maximum(owners, 0)
        inside = points - tf.gather(targets, last)
        entries = last * side * side + inside[:, 0] * side + inside[:, 1]
        followed = tf.gather(tf.reshape(known, (-1, 2)), tf.maximum(entries, 0))
        return tf.where(owners[:, None] >= 0, followed, points)

    def step(index, known):
        new = resolve(pixels[index], index, known)
        known = tf.tensor_scatter_nd_update(known, [[index]], new[None])
        return index + 1, known

    _, known = tf.while_loop(
        lambda index, _: index < count, step, (0, tf.zeros_like(pixels))
    )
    return resolve(_points(targets[None], side)[0], count, known)


def _owners(corners: tf.Tensor, side: int) -> tf.Tensor:
    """Returns the index of the top square at each pixel of all squares."""
    points = _points(corners[None], side)[0]
    return _last_covering(points, corners, side, dimensions(corners)[0])


def _last_covering(
    points: tf.Tensor, corners: tf.Tensor, side: int, before: int | tf.Tensor
) -> tf.Tensor:
    """Returns the last square before an index that covers each point; -1 if none."""
    count = corners.shape[0]
    covered = tf.range(count) < before
    for axis in range(2):  # A reduction over so short an axis is slow.
        inside = points[:, None, axis] - corners[:, axis]
        covered &= (inside >= 0) & (inside < side)
    return tf.reduce_max(tf.where(covered, tf.range(count), -1), axis=1)


def _points(corners: tf.Tensor, side: int) -> tf.Tensor:
    """Returns rows and columns of all pixels, `(batch, count * side * side, 2)`."""
    batch, count, _ = dimensions(corners)
    offsets = tf.stack(tf.meshgrid(tf.range(side), tf.range(side), indexing="ij"), -1)
    points = corners[:, :, None] + tf.reshape(offsets, (side * side, 2))
    return tf.reshape(points, (batch, count * side * side, 2))


def _write(planes: tf.Tensor, points: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """Returns planes with values `(batch, n, channels)` at points `(batch, n, 2)`."""
    indices = tf.expand_dims(_flat(points, planes), -1)
    written = tf.tensor_scatter_nd_update(_pixels(planes), indices, values)
    return tf.reshape(written, dimensions(planes))


def _pixels(planes: tf.Tensor) -> tf.Tensor:
    return tf.reshape(planes, (-1,))


def _flat(points: tf.Tensor, planes: tf.Tensor) -> tf.Tensor:
    """Returns the flat indices of the samples at points, `(batch, n, channels)`."""
    batch, channels, height, width = dimensions(planes)
    indices = points[:, :, 0] * width + points[:, :, 1]
    indices += tf.range(batch)[:, None] * (channels * height * width)
    return indices[:, :, None] + tf.range(channels) * (height * width)
