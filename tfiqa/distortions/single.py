"""Distorts pictures one at a time, as pipelines of training need it."""

import functools
import threading
from collections.abc import Callable
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from tfiqa.distortions.bank import DISTORTIONS
from tfiqa.distortions.dispatch import distort

_tracing = threading.Lock()


def distort_image(
    picture: np.ndarray,
    number: int,
    level: int,
    key: np.ndarray | Sequence[int],
    *,
    traced: bool = False,
) -> np.ndarray:
    """Returns one picture under one type and level of KADID-10k.

    Always computes on the CPU, from any thread. Inside of `tf.data` the dataset needs
    threads of its own, as `tfiqa.data.epochs` gives them: graphs wait for those that
    all share.

    Args:
        picture: uint8 `(height, width, 3)`.
        number: Of the type, 1 to 25.
        level: 1 (faint) to 5 (severe).
        key: Two int32 that draw what is random.
        traced: Whether to build a graph for each type and level when it is first met,
            for pictures of all sizes. That takes about half a minute for all of them
            and halves the time from then on; few pixels may be another one by one.

    Returns:
        uint8 `(height, width, 3)`, rounded half up.

    Raises:
        ValueError: For unknown types or levels, or pictures smaller than a type allows.
        tf.errors.InvalidArgumentError: For those where it is traced.
    """
    with tf.device("CPU:0"):
        run = (
            _graph(number, level) if traced else functools.partial(_run, number, level)
        )
        return run(tf.constant(picture[None]), tf.constant([key], tf.int32)).numpy()[0]


def fitting(min_side: int) -> tuple[int, ...]:
    """Returns the numbers of the types for pictures whose shorter side is so long."""
    rows = DISTORTIONS.values()
    return tuple(row.number for row in rows if row.min_side <= min_side)


def _run(number: int, level: int, pictures: tf.Tensor, keys: tf.Tensor) -> tf.Tensor:
    changed = distort(pictures, number, level, keys)
    changed = tf.floor(tf.clip_by_value(changed, 0.0, 255.0) + 0.5)
    return tf.cast(changed, tf.uint8)


def _graph(number: int, level: int) -> Callable[..., tf.Tensor]:
    with _tracing:
        return _traced(number, level)


@functools.cache
def _traced(number: int, level: int) -> Callable[..., tf.Tensor]:
    run = tf.function(functools.partial(_run, number, level), autograph=False)
    return run.get_concrete_function(
        tf.TensorSpec((1, None, None, 3), tf.uint8), tf.TensorSpec((1, 2), tf.int32)
    )
