"""Resampling of planes at positions between the pixels."""

import functools
import math
from collections.abc import Callable

import tensorflow as tf

from tfiqa.distortions.compiled import graph
from tfiqa.distortions.filters import dimensions
from tfiqa.distortions.filters import pad

TILE = 128  # Side of the tile that one call of the compiled function computes.
SPARED = 2  # Largest amount by which a tile's reach is less than the longest step's.


def resample(planes: tf.Tensor, steps: tf.Tensor, longest: float) -> tf.Tensor:
    """Moves each pixel of planes by its own step.

    Pixels are interpolated by bicubic convolution; beyond the borders the outermost
    samples are repeated. All neighbors within reach are weighted, most of them by zero,
    since shifting a full tile is much faster than one gather per pixel. The reach is
    that of the longest step in a tile; samples beyond it would add zeros. Tiles have
    one size, so that a function is compiled once for all sizes of images.

    Args:
        planes: `(batch, channels, height, width)`.
        steps: `(batch, 2, height, width)`, rows then columns, in pixels: the value at
            `(r, c)` is the one at `(r - steps[0], c - steps[1])`.
        longest: Upper bound of the absolute values of all steps.

    Reference:
        Keys, "Cubic convolution interpolation for digital image processing", 1981.
    """
    return _graph(math.ceil(longest) + 1)(planes, steps)


@functools.cache
def _graph(reach: int) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """Returns `resample` for a reach; one function for all would be traced often."""
    return graph(functools.partial(_resample, reach))


def _resample(reach: int, planes: tf.Tensor, steps: tf.Tensor) -> tf.Tensor:
    batch, channels, height, width = dimensions(planes)
    least = max(reach - SPARED, 2)
    rows, columns = -(-height // TILE), -(-width // TILE)
    bottom, right = rows * TILE - height, columns * TILE - width
    planes = pad(planes, reach, reach + bottom, reach, reach + right)
    steps = pad(steps, 0, bottom, 0, right)

    index = tf.range(batch * rows * columns)
    image, number = index // (rows * columns), index % (rows * columns)
    row, column = number // columns, number % columns
    starts = tf.stack([image, tf.zeros_like(image), row * TILE, column * TILE], axis=1)

    def move(start):
        own = tf.slice(steps, start, [1, 2, TILE, TILE])

        def within(near):
            side, skipped = TILE + 2 * near, reach - near
            corner = tf.add(start, [0, 0, skipped, skipped])
            tile = tf.slice(planes, corner, [1, channels, side, side])
            return _move_function(near)(tile, own)

        if least == reach:
            return within(reach)
        longest = tf.maximum(tf.reduce_max(own), -tf.reduce_min(own))
        needed = tf.cast(tf.math.ceil(longest), tf.int32) + 1
        branches = [functools.partial(within, near) for near in range(least, reach + 1)]
        return tf.switch_case(tf.maximum(needed - least, 0), branches)

    moved = tf.map_fn(
        move,
        starts,
        fn_output_signature=tf.TensorSpec((1, planes.shape[1], TILE, TILE), tf.float32),
    )
    moved = tf.reshape(moved, (batch, rows, columns, channels, TILE, TILE))
    moved = tf.transpose(moved, (0, 3, 1, 4, 2, 5))
    moved = tf.reshape(moved, (batch, channels, rows * TILE, columns * TILE))
    return moved[:, :, :height, :width]


def keys_kernel(distance: tf.Tensor) -> tf.Tensor:
    """Returns the weights of samples at distances, with Keys' parameter -1/2."""
    distance = tf.abs(distance)
    near = (1.5 * distance - 2.5) * distance * distance + 1.0
    far = ((-0.5 * distance + 2.5) * distance - 4.0) * distance + 2.0
    return tf.where(distance < 1.0, near, tf.where(distance < 2.0, far, 0.0))


@functools.cache
def _move_function(reach: int) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """Returns the compiled function that moves the pixels of a tile with its margin."""

    @tf.function(jit_compile=True, autograph=False)
    def move(tile: tf.Tensor, steps: tf.Tensor) -> tf.Tensor:
        offsets = range(-reach, reach + 1)
        row_weights = [keys_kernel(steps[:, :1] + offset) for offset in offsets]
        column_weights = [keys_kernel(steps[:, 1:] + offset) for offset in offsets]
        result = tf.zeros((TILE, TILE))
        for top, row_weight in enumerate(row_weights):
            row = tf.zeros((TILE, TILE))
            for left, weight in enumerate(column_weights):
                row += weight * tile[:, :, top : top + TILE, left : left + TILE]
            result += row_weight * row
        return result

    return move
