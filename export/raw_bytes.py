"""Reads the bytes of encoded images with TensorFlow's operations.

Bytes are uint8 `(n,)`, followed by zeros. Positions and numbers are int64 scalars.
"""

from typing import Any

import tensorflow as tf

BEHIND = 32  # Zeros after the bytes.


def of(encoded: tf.Tensor) -> tf.Tensor:
    """Returns the bytes of a scalar string, followed by zeros."""
    zeros = tf.zeros(BEHIND, tf.uint8)
    return tf.concat([tf.io.decode_raw(encoded, tf.uint8), zeros], 0)


def number(raw, at, count, *, little: Any = False) -> Any:
    """Returns the unsigned integer of `count` bytes at a position."""
    digits = tf.cast(bytes_at(raw, at, count), tf.int64)
    powers = tf.constant([256**power for power in range(count)], tf.int64)
    weights = tf.where(little, powers, powers[::-1])
    return tf.reduce_sum(digits * weights)


def bytes_at(raw, at, count):
    """Returns `count` bytes at a position, or `(n, count)` for positions `(n,)`."""
    positions = tf.cast(at, tf.int64)[..., tf.newaxis] + tf.range(count, dtype=tf.int64)
    last = tf.size(raw, tf.int64) - 1
    return tf.gather(raw, tf.clip_by_value(positions, 0, last))


def starts_with(raw, at, expected: bytes):
    """Returns whether the bytes at a position are those of `expected`."""
    return tf.reduce_all(bytes_at(raw, at, len(expected)) == tuple(expected))
