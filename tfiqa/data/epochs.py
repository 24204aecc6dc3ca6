"""Pictures of many epochs in one dataset, through functions of NumPy arrays."""

import functools
import os
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfiqa.data.images import Images

# From a picture, its index and the number of the epoch to arrays.
Function = Callable[[np.ndarray, np.int64, np.int64], tuple[Any, ...]]


def mapped(
    images: Images,
    function: Function,
    signature: Sequence[tf.TensorSpec],
    *,
    seed: int,
    epochs: range,
    per_epoch: int,
) -> tf.data.Dataset:
    """Returns what a function makes of the first pictures of each epoch, in order.

    Args:
        images: The pictures.
        function: From a picture uint8 `(height, width, 3)`, its index and the number of
            the epoch to arrays. Runs in several threads, and may run graphs.
        signature: Of these arrays; see `arrays`.
        seed: Of the run.
        epochs: Numbers of the epochs.
        per_epoch: How many pictures of each epoch, at most `images.count`.
    """
    threads = max(2, os.cpu_count() or 1)

    def pictures(number):
        elements = images.epoch(seed, number).take(per_epoch)
        epoch = tf.constant(number, tf.int64)
        return elements.map(lambda row: (row["image"], row["index"], epoch))

    def call(*inputs):
        types = [spec.dtype for spec in signature]
        made = tf.numpy_function(function, inputs, types, stateful=False)
        return tuple(
            tf.ensure_shape(array, spec.shape)
            for array, spec in zip(made, signature, strict=True)
        )

    # In Python, since `shuffle` takes no tensor as its seed.
    joined = functools.reduce(tf.data.Dataset.concatenate, map(pictures, epochs))
    made = joined.map(call, num_parallel_calls=threads)
    made = made.apply(tf.data.experimental.assert_cardinality(len(epochs) * per_epoch))
    # Graphs that a function of Python runs wait for the threads that all share, which
    # must not be the ones that run the functions.
    options = tf.data.Options()
    options.threading.private_threadpool_size = threads
    return made.with_options(options)


def arrays(*specs: tuple[tuple[int, ...], str]) -> tuple[tf.TensorSpec, ...]:
    """Returns the signature of arrays of these shapes and types."""
    return tuple(tf.TensorSpec(shape, tf.as_dtype(dtype)) for shape, dtype in specs)


def by_turns(first: tf.data.Dataset, second: tf.data.Dataset) -> tf.data.Dataset:
    """Returns the elements of both in turns, as long as there are both."""

    def stacked(one, two):
        return tuple(tf.stack(pair) for pair in zip(one, two, strict=True))

    return tf.data.Dataset.zip(first, second).map(stacked).unbatch()


def batched(dataset: tf.data.Dataset, size: int) -> tf.data.Dataset:
    """Returns whole batches, of which one is made while the last one is used."""
    return dataset.batch(size, drop_remainder=True).prefetch(1)


def as_float(pixels: tf.Tensor) -> tf.Tensor:
    """Returns bytes as float32 in `[0, 255]`."""
    return tf.cast(pixels, tf.float32)


def reshaped(tensor: tf.Tensor, shape: tuple[int, ...]) -> tf.Tensor:
    """Returns the same values in another shape."""
    return tf.reshape(tensor, shape)


def distinct(labels: tf.Tensor, *, first: int) -> tf.Tensor:
    """Returns labels `(batch,)`, of which those from `first` on differ in a batch."""
    own = first + tf.range(tf.size(labels), dtype=labels.dtype)
    return tf.where(labels >= first, own, labels)
