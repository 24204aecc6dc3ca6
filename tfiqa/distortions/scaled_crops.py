"""Crops of images at full and at half scale, by the rows and columns that they show.

They run on any device, under XLA too, and give the bytes of Pillow's filters: the
arithmetic is that of its integers.
"""

import functools
from typing import Any

import numpy as np
import tensorflow as tf

BLACK = -1  # Marks a black row or column instead of one of the image.
BITS = 22  # Pillow's weights are integers in units of `2**-22`.


def scaled_crops(
    images: tf.Tensor, rows: tf.Tensor, columns: tf.Tensor, *, halving: str
) -> tf.Tensor:
    """Returns crops of images at full and at half scale.

    Args:
        images: uint8 `(n, height, width, 3)` of static height and width.
        rows: int32 `(n, scales, crops, size)`: row of the scaled image for each row of
            a crop; `BLACK` for a black one. There are one or two scales: the full one,
            then half.
        columns: The columns, likewise.
        halving: A key of `FILTERS`.

    Returns:
        uint8 `(n, scales, crops, size, size, 3)`.
    """
    scales = [images]
    if tuple(rows.shape)[1] != 1:
        scales.append(halved(images, halving))
    cut = [
        _crops(scaled, rows[:, index], columns[:, index])
        for index, scaled in enumerate(scales)
    ]
    return tf.stack(cut, axis=1)


def halved(images: tf.Tensor, kind: str) -> tf.Tensor:
    """Returns images at half scale, as Pillow resizes them; odd ends are left out.

    Args:
        images: uint8 `(n, height, width, 3)` of static height and width.
        kind: A key of `FILTERS`.
    """
    _, height, width, _ = _sides(images)
    height, width = height // 2, width // 2
    samples = tf.cast(images[:, : 2 * height, : 2 * width], tf.int32)
    # Pillow rounds after the first axis, the columns.
    for axis in (2, 1):
        samples = _halved_along(samples, axis, kind)
    return tf.cast(samples, tf.uint8)


def _crops(images: tf.Tensor, rows: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
    """Returns crops `(n, crops, size, size, 3)` of images `(n, height, width, 3)`."""
    _, height, width, _ = _sides(images)
    seen = _all_pairs(rows >= 0, columns >= 0, tf.logical_and)
    rows, columns = tf.maximum(rows, 0) * width, tf.maximum(columns, 0)
    flat = tf.reshape(images, (-1, height * width, 3))
    pixels = tf.gather(flat, _all_pairs(rows, columns, tf.add), batch_dims=1)
    return tf.where(tf.expand_dims(seen, -1), pixels, tf.zeros_like(pixels))


def _sides(images: tf.Tensor) -> tuple[Any, ...]:
    return tuple(images.shape)


def _all_pairs(rows: tf.Tensor, columns: tf.Tensor, join: Any) -> tf.Tensor:
    """Joins rows and columns `(..., size)` to `(..., size, size)`."""
    return join(tf.expand_dims(rows, -1), tf.expand_dims(columns, -2))


def _halved_along(samples: tf.Tensor, axis: int, kind: str) -> tf.Tensor:
    indices, weights = _taps(samples.shape[axis], kind)
    shape = [1, 1, 1, 1]
    shape[axis] = -1
    total = tf.constant(2 ** (BITS - 1))  # Half a unit, to round.
    for tap in range(indices.shape[1]):
        weight = tf.reshape(tf.constant(weights[:, tap]), shape)
        total += tf.gather(samples, indices[:, tap], axis=axis) * weight
    return tf.clip_by_value(tf.bitwise.right_shift(total, BITS), 0, 255)


@functools.cache
def _taps(side: int, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Returns indices and weights, int32 `(side // 2, taps)`, for an even side."""
    kernel, support = FILTERS[kind]
    offsets = np.arange(-2 * support + 1, 2 * support + 1)
    indices = 2 * np.arange(side // 2)[:, None] + offsets
    weights = np.broadcast_to(kernel(np.abs(offsets - 0.5) / 2), indices.shape)
    weights = np.where((indices >= 0) & (indices < side), weights, 0.0)
    weights = weights / weights.sum(axis=1, keepdims=True) * 2.0**BITS
    rounded = np.trunc(weights + np.copysign(0.5, weights)).astype(np.int32)
    return np.clip(indices, 0, side - 1).astype(np.int32), rounded


def _triangle(distance: np.ndarray) -> np.ndarray:
    return np.maximum(1.0 - distance, 0.0)


def _cubic(distance: np.ndarray) -> np.ndarray:
    near = (1.5 * distance - 2.5) * distance**2 + 1.0
    far = ((-0.5 * distance + 2.5) * distance - 4.0) * distance + 2.0
    return np.where(distance < 1.0, near, np.where(distance < 2.0, far, 0.0))


# Pillow's filters: weights by distance in pixels of the result, and where they end.
FILTERS = {"bilinear": (_triangle, 1), "bicubic": (_cubic, 2)}
