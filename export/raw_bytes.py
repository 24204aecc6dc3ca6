"""Bytes of encoded pictures, read with TensorFlow's operations.

Bytes are uint8 `(n,)`; past their end there are zeros. Places in them, and all numbers,
are int64 scalars.
"""

from typing import Any

import tensorflow as tf

BEHIND = 32  # Zeros behind the bytes.


def of(encoded: tf.Tensor) -> tf.Tensor:
    """Returns a scalar string as bytes with zeros behind."""
    zeros = tf.zeros(BEHIND, tf.uint8)
    return tf.concat([tf.io.decode_raw(encoded, tf.uint8), zeros], 0)


def number(raw, at, count, *, little: Any = False) -> Any:
    """Returns the unsigned integer of `count` bytes at a place."""
    digits = tf.cast(bytes_at(raw, at, count), tf.int64)
    rising = tf.constant([256**power for power in range(count)], tf.int64)
    weights = tf.where(little, rising, rising[::-1])
    return tf.reduce_sum(digits * weights)


def bytes_at(raw, at, count):
    """Returns `count` bytes at a place, or at each of `(n,)` places: `(n, count)`."""
    places = tf.cast(at, tf.int64)[..., tf.newaxis] + tf.range(count, dtype=tf.int64)
    last = tf.size(raw, tf.int64) - 1
    return tf.gather(raw, tf.clip_by_value(places, 0, last))


def starts_with(raw, at, expected: bytes):
    """Tells whether there are certain bytes at a place."""
    return tf.reduce_all(bytes_at(raw, at, len(expected)) == tuple(expected))
