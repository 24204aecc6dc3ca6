"""What is left out of pictures without scores: files that are broken, or too small."""

import re
import sys
from collections.abc import Callable
from collections.abc import MutableMapping

import numpy as np
import tensorflow as tf

from tfiqa.data.decode import DecodeError
from tfiqa.data.decode import decode

# The distortions need so many pixels on each side.
MIN_SIDE = 16

Element = dict[str, tf.Tensor]

# What Pillow calls a file in memory: another address in every run.
_OBJECT = re.compile(r"<[\w.]+ object at 0x[0-9a-f]+>")


def readable(
    order: tf.data.Dataset, picture: Callable[..., Element], count: int, name: str
) -> tf.data.Dataset:
    """Returns exactly `count` pictures: `order` again and again, without empty ones.

    Args:
        order: What an epoch consists of; finite.
        picture: From an element of `order` to a dict with `image` and `index`. An
            image without pixels is left out.
        count: How many there shall be.
        name: Of the source, for the error if no picture is left.
    """

    def check(empty_ones, element):
        is_empty = tf.cast(tf.size(element["image"]) == 0, tf.int64)
        empty_ones = (empty_ones + 1) * is_empty
        message = none_readable(name)
        some = tf.debugging.assert_less(
            empty_ones, tf.constant(count, tf.int64), message
        )
        with tf.control_dependencies([some]):
            return tf.identity(empty_ones), element

    return (
        order.repeat()
        .map(picture, num_parallel_calls=tf.data.AUTOTUNE)
        .scan(tf.constant(0, tf.int64), check)
        .filter(lambda element: tf.size(element["image"]) > 0)
        .take(count)
        .apply(tf.data.experimental.assert_cardinality(count))
    )


def none_readable(name: str) -> str:
    """Returns the message of the error of a source without a readable picture."""
    return f"Readable pictures are expected. Received: {name}, which has none"


def pixels(encoded: bytes, name: str, skipped: MutableMapping[str, str]) -> np.ndarray:
    """Returns the pixels of a picture, or none if it is to be skipped; see `skip`."""
    try:
        decoded = decode(encoded)
    except DecodeError as error:
        return skip(name, str(error), skipped)
    if min(decoded.shape[:2]) < MIN_SIDE:
        reason = (
            f"At least {MIN_SIDE}x{MIN_SIDE} pixels are expected. "
            f"Received: {decoded.shape[0]}x{decoded.shape[1]}"
        )
        return skip(name, reason, skipped)
    return decoded


def skip(name: str, reason: str, skipped: MutableMapping[str, str]) -> np.ndarray:
    """Notes why a picture is left out, prints the first one; returns no pixels."""
    reason = _OBJECT.sub("the file", reason)
    if not skipped:
        printable = name.encode("utf-8", "backslashreplace").decode()
        print(f"Left out: {printable}: {reason}", file=sys.stderr, flush=True)
    skipped[name] = reason
    return np.empty((0, 0, 3), np.uint8)
