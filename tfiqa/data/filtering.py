"""Skips unlabeled images that are broken or too small."""

import re
import sys
from collections.abc import Callable
from collections.abc import MutableMapping

import numpy as np
import tensorflow as tf

from tfiqa.data.decode import DecodeError
from tfiqa.data.decode import decode

# Minimum side, in pixels, for the distortions.
MIN_SIDE = 16

Element = dict[str, tf.Tensor]

# Pillow's name of a file in memory, whose address differs in every run.
_OBJECT = re.compile(r"<[\w.]+ object at 0x[0-9a-f]+>")


def readable(
    order: tf.data.Dataset, image: Callable[..., Element], count: int, name: str
) -> tf.data.Dataset:
    """Returns exactly `count` images: repeats `order`, skipping unreadable images.

    Args:
        order: The elements of an epoch; finite.
        image: Function from an element of `order` to a dict with `image` and `index`.
            An image without pixels is skipped.
        count: Number of images to return.
        name: Name of the source, for the error if no image is readable.
    """

    def check(empty_count, element):
        is_empty = tf.cast(tf.size(element["image"]) == 0, tf.int64)
        empty_count = (empty_count + 1) * is_empty
        message = none_readable(name)
        assertion = tf.debugging.assert_less(
            empty_count, tf.constant(count, tf.int64), message
        )
        with tf.control_dependencies([assertion]):
            return tf.identity(empty_count), element

    return (
        order.repeat()
        .map(image, num_parallel_calls=tf.data.AUTOTUNE)
        .scan(tf.constant(0, tf.int64), check)
        .filter(lambda element: tf.size(element["image"]) > 0)
        .take(count)
        .apply(tf.data.experimental.assert_cardinality(count))
    )


def none_readable(name: str) -> str:
    """Returns the error message for a source without a readable image."""
    return f"Readable images are expected. Received: {name}, which has none"


def pixels(encoded: bytes, name: str, skipped: MutableMapping[str, str]) -> np.ndarray:
    """Returns the pixels of an image, or none if it is skipped; see `skip`."""
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
    """Records why an image is skipped and prints the first one; returns no pixels."""
    reason = _OBJECT.sub("the file", reason)
    if not skipped:
        printable = name.encode("utf-8", "backslashreplace").decode()
        print(f"Skipped: {printable}: {reason}", file=sys.stderr, flush=True)
    skipped[name] = reason
    return np.empty((0, 0, 3), np.uint8)
