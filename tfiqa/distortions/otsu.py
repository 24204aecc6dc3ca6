"""Quantization to few values by thresholds that separate the samples best."""

import functools
import math
import operator
from collections.abc import Callable

import tensorflow as tf

from tfiqa.distortions.compiled import graph
from tfiqa.distortions.compiled import on_blocks
from tfiqa.distortions.filters import dimensions
from tfiqa.distortions.frame import extrema

BINS = 256


def quantize(planes: tf.Tensor, count: int) -> tf.Tensor:
    """Returns planes with `count + 1` values at most, the same in all channels.

    A sample in the lowest class becomes the smallest value of the image, one in the
    highest class the largest, and any other one the threshold above it.

    Args:
        planes: `(batch, channels, height, width)`.
        count: Number of thresholds for each image.
    """
    shape = dimensions(planes)
    lowest, highest = (tf.reshape(bound, (-1, 1)) for bound in extrema(planes))
    scale = (BINS - 1) / tf.where(highest > lowest, highest - lowest, 1.0)
    flat = tf.reshape(planes, (shape[0], math.prod(shape[1:])))
    bins = tf.cast((flat - lowest) * scale + 0.5, tf.int32)
    histogram = tf.math.bincount(bins, minlength=BINS, maxlength=BINS, axis=-1)
    limits = thresholds(histogram, count)
    rows = [tf.cast(limits, tf.float32), _steps(limits), lowest, scale]
    classed = on_blocks(_class_values, flat[:, None], tf.concat(rows, axis=1), [])
    return tf.reshape(classed, shape)


def thresholds(histogram: tf.Tensor, count: int) -> tf.Tensor:
    """Returns the thresholds that maximize the variance between classes, exactly.

    Args:
        histogram: `(batch, BINS)`, the number of samples in each bin.
        count: Number of thresholds.

    Returns:
        int32 `(batch, count)`, increasing: the last bin of every class but one.

    Reference:
        Otsu, "A threshold selection method from gray-level histograms", 1979; solved
        by dynamic programming over the bins.
    """
    return _graph(count)(histogram)


@functools.cache
def _graph(count: int) -> Callable[[tf.Tensor], tf.Tensor]:
    """Returns `thresholds` for a count; one function for all would be traced often."""
    return graph(functools.partial(_thresholds, count))


def _thresholds(count: int, histogram: tf.Tensor) -> tf.Tensor:
    gains = _class_gains(tf.cast(histogram, tf.float64))
    (batch, _) = dimensions(histogram)
    impossible = tf.fill((batch, 1), tf.constant(float("-inf"), tf.float64))
    # Entry `start`: the gain of the best division of the bins before it.
    before = tf.concat([tf.zeros_like(impossible)] + [impossible] * (BINS - 1), axis=1)
    tables = [before]
    for _ in range(count):
        best = tf.reduce_max(gains + before[:, None], axis=2)
        before = tf.concat([impossible, best[:, :-1]], axis=1)
        tables.append(before)
    end = tf.fill((batch,), BINS - 1)
    limits = []
    for before in reversed(tables[1:]):
        totals = tf.gather(gains, end, batch_dims=1) + before
        end = tf.argmax(totals, axis=1, output_type=tf.int32) - 1
        limits.append(end)
    return tf.stack(limits[::-1], axis=1)


def _class_gains(histogram: tf.Tensor) -> tf.Tensor:
    """Returns the squared sum divided by the count of classes, `(batch, BINS, BINS)`.

    Entry `(end, start)` is the class of the bins from `start` to `end`.
    """
    levels = tf.range(BINS, dtype=tf.float64)
    counts = tf.cumsum(histogram, axis=1)
    sums = tf.cumsum(histogram * levels, axis=1)
    count = counts[:, :, None] - (counts - histogram)[:, None]
    total = sums[:, :, None] - (sums - histogram * levels)[:, None]
    gains = tf.square(total) / tf.maximum(count, 1.0)
    ordered = levels[:, None] >= levels
    return tf.where(ordered, gains, tf.constant(float("-inf"), tf.float64))


def _steps(limits: tf.Tensor) -> tf.Tensor:
    """Returns the differences between the values of neighboring classes, in bins."""
    first, last = limits[:, :1], tf.fill((dimensions(limits)[0], 1), BINS - 1)
    values = tf.concat([tf.zeros_like(first), limits[:, 1:], last], axis=1)
    return tf.cast(values[:, 1:] - values[:, :-1], tf.float32)


def _class_values(
    row: tf.Tensor, block: tf.Tensor, samples: tf.Tensor
) -> list[tf.Tensor]:
    """Replaces samples by the values of their classes; a kernel of `on_blocks`."""
    del block  # All blocks of an image have the same classes.
    count = (dimensions(row)[0] - 2) // 2
    limits, steps = tf.unstack(row[:count]), tf.unstack(row[count:-2])
    lowest, scale = row[-2], row[-1]
    # The bias allows for float32's rounding of samples that lie on a limit.
    positions = (samples - lowest) * scale - 2.0**-10
    risen = [
        tf.where(positions > limit, step, 0.0)
        for limit, step in zip(limits, steps, strict=True)
    ]
    return [functools.reduce(operator.add, risen) / scale + lowest]
