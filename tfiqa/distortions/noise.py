"""Noises of planes `(batch, 3, height, width)`, one seed for each picture."""

import tensorflow as tf

from tfiqa.distortions import threefry
from tfiqa.distortions.filters import dimensions


def white_noise(planes: tf.Tensor, variance: float, seed: tf.Tensor) -> tf.Tensor:
    """Adds normal noise of a variance to each sample, and clips."""
    noise = threefry.normal_fields(seed, dimensions(planes)[1:])
    return tf.clip_by_value(planes + noise * variance**0.5, 0.0, 1.0)
