"""Many epochs of images as one dataset, processed by NumPy functions."""

import os
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfiqa.data.images import Images
from tfiqa.data.order import WHOLE
from tfiqa.data.order import Part

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
    per_batch: int | None = None,
    passes: int = 1,
    part: Part = WHOLE,
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
        per_batch: Number of images in a batch of all workers, a divisor of `per_epoch`.
            Can be omitted if `part` is everything.
        passes: Number of times that an epoch passes over the images, each time in
            another order. The function receives the index of the pass, counted over all
            epochs, as that of the epoch.
        part: The batches whose images are taken, and their rows of each.
    """
    threads = max(2, os.cpu_count() or 1)
    size = per_epoch if per_batch is None else per_batch
    types = [spec.dtype for spec in signature]

    def result(epoch, position):
        number = epoch * passes + position // images.count
        row = images.at(seed, number, position % images.count)
        inputs = [row["image"], row["index"], number]
        results = tf.numpy_function(function, inputs, types, stateful=False)
        return tuple(
            tf.ensure_shape(array, spec.shape)
            for array, spec in zip(results, signature, strict=True)
        )

    places = part.positions(epochs, steps=per_epoch // size, size=size)
    results = places.map(result, num_parallel_calls=threads)
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


def alternated(first: tf.Tensor, second: tf.Tensor) -> tf.Tensor:
    """Returns the entries of two vectors of one length in turn, `(2 n,)`."""
    return tf.reshape(tf.stack([first, second], axis=1), (-1,))


def zipped(first: tf.data.Dataset, second: tf.data.Dataset) -> tf.data.Dataset:
    """Returns pairs of the elements of both, until either ends."""
    return tf.data.Dataset.zip(first, second)


def batched(dataset: tf.data.Dataset, size: int) -> tf.data.Dataset:
    """Returns full batches; the next two are made while the current one is used."""
    return dataset.batch(size, drop_remainder=True).prefetch(2)


def as_float(pixels: tf.Tensor) -> tf.Tensor:
    """Returns uint8 pixels as float32 in `[0, 255]`."""
    return tf.cast(pixels, tf.float32)


def reshaped(tensor: tf.Tensor, shape: tuple[int, ...]) -> tf.Tensor:
    """Returns the same values in another shape."""
    return tf.reshape(tensor, shape)


def distinct(labels: tf.Tensor, *, first: int, worker: int = 0) -> tf.Tensor:
    """Returns labels `(batch,)`; those from `first` on are made unique in the batch.

    Args:
        labels: Labels of the rows of one worker.
        first: The smallest label that is replaced.
        worker: Which of the equal parts of the batch these rows are.
    """
    count = tf.size(labels)
    own = first + worker * count + tf.range(count, dtype=labels.dtype)
    return tf.where(labels >= first, own, labels)
