"""Distorts images one at a time, as training pipelines need."""

import functools
import threading
from collections.abc import Callable
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from tfiqa.distortions.bank import DISTORTIONS
from tfiqa.distortions.bank import Distortion
from tfiqa.distortions.banks import BANKS
from tfiqa.distortions.dispatch import distort
from tfiqa.distortions.dispatch import distort_in_sequence
from tfiqa.distortions.grouped import Kinds

_tracing = threading.Lock()


def distort_image(
    image: np.ndarray,
    number: int,
    level: int,
    key: np.ndarray | Sequence[int],
    *,
    traced: bool = False,
    bank: str = "kadid",
) -> np.ndarray:
    """Returns one image at one type and level of a bank.

    Runs on the CPU and may be called from any thread. In `tf.data`, the dataset needs
    a private thread pool, as in `tfiqa.data.epochs`: graphs would block the shared
    one.

    Args:
        image: uint8 `(height, width, 3)`.
        number: Number of the type in the bank, from 1.
        level: 1 (faint) to 5 (severe).
        key: Two int32, the seed of all random numbers.
        traced: Whether to build a graph for each type and level at its first use, for
            images of all sizes. That takes about half a minute for all of them and
            halves the time of later calls. A few pixels may differ by one level.
        bank: A key of `BANKS`.

    Returns:
        uint8 `(height, width, 3)`, rounded half up.

    Raises:
        ValueError: For unknown types or levels, or images smaller than a type allows.
        tf.errors.InvalidArgumentError: For the same if `traced`.
    """
    with tf.device("CPU:0"):
        choice = (bank, number, level)
        run = _graph(*choice) if traced else functools.partial(distorted_bytes, *choice)
        return run(tf.constant(image[None]), tf.constant([key], tf.int32)).numpy()[0]


def distort_image_in_sequence(
    image: np.ndarray,
    steps: Sequence[tuple[int, int]],
    key: np.ndarray | Sequence[int],
    *,
    bank: str = "kadid",
) -> np.ndarray:
    """Returns one image after several distortions, each of the result of the last.

    Args:
        image: uint8 `(height, width, 3)`.
        steps: Number of a type, from 1, and level of each distortion.
        key: As in `distort_image`.
        bank: A key of `BANKS`.

    Returns:
        uint8 `(height, width, 3)`, rounded half up once, at the end.
    """
    with tf.device("CPU:0"):
        keys = np.array([key], np.int32)
        changed = distort_in_sequence(image[None], steps, keys, bank=BANKS[bank])
        return _rounded(changed).numpy()[0]


@functools.cache
def kinds_of(bank: str) -> Kinds:
    """Returns the kinds of a bank, distorted as `distort_image` does."""

    def run(
        row: Distortion, level: int, images: tf.Tensor, keys: tf.Tensor
    ) -> tf.Tensor:
        return distorted_bytes(bank, row.number, level, images, keys)

    return Kinds(BANKS[bank], run)


def types_for_side(min_side: int) -> tuple[int, ...]:
    """Returns the numbers of types for images with a shorter side of `min_side`."""
    rows = DISTORTIONS.values()
    return tuple(row.number for row in rows if row.min_side <= min_side)


def distorted_bytes(
    bank: str, number: int, level: int, images: tf.Tensor, keys: tf.Tensor
) -> tf.Tensor:
    """Returns images of one type and level, uint8, rounded half up; see `distort`."""
    return _rounded(distort(images, number, level, keys, bank=BANKS[bank]))


def _rounded(images: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.floor(tf.clip_by_value(images, 0.0, 255.0) + 0.5), tf.uint8)


def _graph(bank: str, number: int, level: int) -> Callable[..., tf.Tensor]:
    with _tracing:
        return _traced(bank, number, level)


@functools.cache
def _traced(bank: str, number: int, level: int) -> Callable[..., tf.Tensor]:
    run = tf.function(
        functools.partial(distorted_bytes, bank, number, level), autograph=False
    )
    return run.get_concrete_function(
        tf.TensorSpec((1, None, None, 3), tf.uint8), tf.TensorSpec((1, 2), tf.int32)
    )
