"""Distorts pictures one at a time, as pipelines of training need it."""

import functools
from collections.abc import Callable
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from tfiqa.distortions.bank import DISTORTIONS
from tfiqa.distortions.dispatch import distort


def distort_picture(
    picture: np.ndarray, number: int, level: int, key: np.ndarray | Sequence[int]
) -> np.ndarray:
    """Returns one picture under one type and level of KADID-10k.

    Takes half of the time that `distort` takes outside of graphs: each type and level
    is traced once, when it is first met, for pictures of all sizes. Always computes on
    the CPU. Inside of `tf.data` the dataset needs threads of its own, as
    `tfiqa.data.epochs` gives them: graphs wait for those that all share.

    Args:
        picture: uint8 `(height, width, 3)`.
        number: Of the type, 1 to 25.
        level: 1 (faint) to 5 (severe).
        key: Two int32 that draw what is random.

    Returns:
        uint8 `(height, width, 3)`, rounded half up.

    Raises:
        ValueError: For unknown types or levels.
        tf.errors.InvalidArgumentError: For pictures smaller than the type allows.
    """
    return _graph(number, level)(picture[None], np.array([key], np.int32)).numpy()[0]


def fitting(min_side: int) -> tuple[int, ...]:
    """Returns the numbers of the types for pictures whose shorter side is so long."""
    rows = DISTORTIONS.values()
    return tuple(row.number for row in rows if row.min_side <= min_side)


@functools.cache
def _graph(number: int, level: int) -> Callable[..., tf.Tensor]:
    @tf.function(
        input_signature=[
            tf.TensorSpec((1, None, None, 3), tf.uint8),
            tf.TensorSpec((1, 2), tf.int32),
        ],
        autograph=False,
    )
    def run(pictures, keys):
        with tf.device("CPU:0"):
            changed = distort(pictures, number, level, keys)
            changed = tf.floor(tf.clip_by_value(changed, 0.0, 255.0) + 0.5)
            return tf.cast(changed, tf.uint8)

    return run
