"""Many epochs of images as one dataset, processed by NumPy functions."""

import functools
import os
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfiqa.data.images import Images

# Takes an image, its index and the index of the epoch; returns arrays.
Function = Callable[[np.ndarray, np.int64, np.int64], tuple[Any, ...]]


def mapped(
    images: Images,
    function: Function,
    signature: Sequence[tf.TensorSpec],
    *,
    seed: int,
    epochs: range,
    per_epoch: int,
    passes: int = 1,
) -> tf.data.Dataset:
    """Returns the results of a function for the first images of each epoch, in order.

    Args:
        images: The images.
        function: Takes an image, uint8 `(height, width, 3)`, its index and the index of
            the epoch, and returns arrays. Runs in multiple threads; may run graphs.
        signature: Signature of these arrays; see `arrays`.
        seed: Seed of the run.
        epochs: Indices of the epochs.
        per_epoch: Number of images taken from each epoch, at most `passes` times
            `images.count`.
        passes: Number of times that an epoch passes over the images, each time in
            another order. The function receives the index of the pass, counted over all
            epochs, as that of the epoch.
    """
    threads = max(2, os.cpu_count() or 1)

    def elements_of_pass(number):
        epoch = tf.constant(number, tf.int64)
        elements = images.epoch(seed, number)
        return elements.map(lambda row: (row["image"], row["index"], epoch))

    def elements_of(number):
        numbers = range(number * passes, (number + 1) * passes)
        elements = map(elements_of_pass, numbers)
        joined = functools.reduce(tf.data.Dataset.concatenate, elements)
        return joined.take(per_epoch)

    def call(*inputs):
        types = [spec.dtype for spec in signature]
        results = tf.numpy_function(function, inputs, types, stateful=False)
        return tuple(
            tf.ensure_shape(array, spec.shape)
            for array, spec in zip(results, signature, strict=True)
        )

    # In Python, since `shuffle` accepts no tensor as its seed.
    joined = functools.reduce(tf.data.Dataset.concatenate, map(elements_of, epochs))
    results = joined.map(call, num_parallel_calls=threads)
    results = results.apply(
        tf.data.experimental.assert_cardinality(len(epochs) * per_epoch)
    )
    # If a Python function runs a graph, it waits for the shared threads. The functions
    # themselves must therefore run in others.
    options = tf.data.Options()
    options.threading.private_threadpool_size = threads
    return results.with_options(options)


def arrays(*specs: tuple[tuple[int, ...], str]) -> tuple[tf.TensorSpec, ...]:
    """Returns the signature of arrays of these shapes and types."""
    return tuple(tf.TensorSpec(shape, tf.as_dtype(dtype)) for shape, dtype in specs)


def by_turns(first: tf.data.Dataset, second: tf.data.Dataset) -> tf.data.Dataset:
    """Returns the elements of both in turn, until either ends."""

    def stacked(left, right):
        return tuple(tf.stack(pair) for pair in zip(left, right, strict=True))

    return tf.data.Dataset.zip(first, second).map(stacked).unbatch()


def zipped(first: tf.data.Dataset, second: tf.data.Dataset) -> tf.data.Dataset:
    """Returns pairs of the elements of both, until either ends."""
    return tf.data.Dataset.zip(first, second)


def batched(dataset: tf.data.Dataset, size: int) -> tf.data.Dataset:
    """Returns full batches; the next one is made while the current one is used."""
    return dataset.batch(size, drop_remainder=True).prefetch(1)


def as_float(pixels: tf.Tensor) -> tf.Tensor:
    """Returns uint8 pixels as float32 in `[0, 255]`."""
    return tf.cast(pixels, tf.float32)


def reshaped(tensor: tf.Tensor, shape: tuple[int, ...]) -> tf.Tensor:
    """Returns the same values in another shape."""
    return tf.reshape(tensor, shape)


def distinct(labels: tf.Tensor, *, first: int) -> tf.Tensor:
    """Returns labels `(batch,)`; those from `first` on are made unique in the batch."""
    own = first + tf.range(tf.size(labels), dtype=labels.dtype)
    return tf.where(labels >= first, own, labels)
