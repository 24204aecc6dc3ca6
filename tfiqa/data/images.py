"""Unlabelled pictures, the material of self-supervised methods."""

import dataclasses
from collections.abc import Callable

import tensorflow as tf

from tfiqa.data import ops
from tfiqa.data.load import Source

# Encoded pictures that wait to be shuffled take at most so many bytes.
PICTURE_BYTES = 1 << 30


@dataclasses.dataclass(frozen=True)
class Images:
    """Pictures without scores, epoch by epoch.

    Attributes:
        name: What they are called in records.
        count: Pictures in an epoch.
        epoch: From the seed of the run and the number of an epoch to its pictures, a
            dataset of exactly `count` dicts: `image`, uint8 `(height, width, 3)`, and
            `index`, int64, by which the picture is known in all epochs. It is a pure
            function, so that a resumed run sees what it would have seen.
    """

    name: str
    count: int
    epoch: Callable[[int, int], tf.data.Dataset]


def of_source(source: Source) -> Images:
    """Returns the pictures of a prepared dataset, in another order in every epoch."""
    waiting = max(1, min(source.count, PICTURE_BYTES // max(source.mean_bytes, 1)))

    def decoded(index, example):
        return {"image": ops.decode_tensor(example["image"]), "index": index}

    def epoch(seed: int, number: int) -> tf.data.Dataset:
        shuffled = source.examples.enumerate().shuffle(
            waiting, seed=number + 1 + (seed << 12), reshuffle_each_iteration=False
        )
        return shuffled.map(decoded, num_parallel_calls=tf.data.AUTOTUNE)

    return Images(source.name, source.count, epoch)
