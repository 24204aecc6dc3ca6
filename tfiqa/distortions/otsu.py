"""Quantization to few values by thresholds that separate the samples best."""

import tensorflow as tf

from tfiqa.distortions.filters import dimensions
from tfiqa.distortions.frame import extrema

BINS = 256


def quantize(planes: tf.Tensor, count: int) -> tf.Tensor:
    """Returns planes with `count + 1` values at most, the same in all channels.

    A sample in the lowest class becomes the least value of the picture, one in the
    highest class the greatest, any other one the threshold above it.

    Args:
        planes: `(batch, channels, height, width)`.
        count: How many thresholds a picture gets.
    """
    batch, channels, height, width = dimensions(planes)
    lowest, highest = extrema(planes)
    span = tf.where(highest > lowest, highest - lowest, 1.0)
    scaled = (planes - lowest) * ((BINS - 1) / span)
    flat = tf.reshape(scaled, (batch, channels * height * width))
    bins = tf.cast(tf.floor(flat + 0.5), tf.int32)
    limits = thresholds(_histogram(bins), count)
    # What is at most `i`, rounded up, is the same for the samples between two bins;
    # the bias forgives float32 for samples that lie on one.
    steps = tf.cast(tf.math.ceil(flat - 2.0**-10), tf.int32)
    values = tf.gather(_class_values(limits), steps, batch_dims=1)
    values = tf.reshape(values, (batch, channels, height, width))
    return values * (span / (BINS - 1)) + lowest


def _histogram(bins: tf.Tensor) -> tf.Tensor:
    """Returns how often each bin occurs in the rows of `(batch, n)`."""
    (batch, _) = dimensions(bins)
    rows = bins + tf.range(batch)[:, None] * BINS
    counts = tf.math.unsorted_segment_sum(tf.ones_like(rows), rows, batch * BINS)
    return tf.reshape(counts, (batch, BINS))


def thresholds(histogram: tf.Tensor, count: int) -> tf.Tensor:
    """Returns the thresholds that maximize the variance between classes, exactly.

    Args:
        histogram: `(batch, BINS)`: how many samples fall into each bin.
        count: Number of thresholds.

    Returns:
        int32 `(batch, count)`, increasing: the last bin of every class but one.

    Reference:
        Otsu, "A threshold selection method from gray-level histograms", 1979; solved
        by dynamic programming over the bins.
    """
    gains = _class_gains(tf.cast(histogram, tf.float64))
    (batch, _) = dimensions(histogram)
    impossible = tf.fill((batch, 1), tf.constant(float("-inf"), tf.float64))
    # Entry `start`: the best division of the bins before it, class by class.
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
    """Returns the squared sum over the count of each class, `(batch, BINS, BINS)`.

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


def _class_values(limits: tf.Tensor) -> tf.Tensor:
    """Returns the value of each whole number up to 255 after quantization."""
    levels = tf.range(BINS)
    number = tf.reduce_sum(
        tf.cast(levels[None, :, None] > limits[:, None, :], tf.int32), axis=2
    )
    ends = tf.constant([BINS - 1])
    table = tf.concat(
        [
            tf.zeros_like(limits[:, :1]),
            limits[:, 1:],
            tf.broadcast_to(ends, (dimensions(limits)[0], 1)),
        ],
        axis=1,
    )
    return tf.cast(tf.gather(table, number, batch_dims=1), tf.float32)
