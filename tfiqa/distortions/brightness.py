"""Changes of brightness of planes `(batch, 3, height, width)`."""

import tensorflow as tf

from tfiqa.distortions.color_spaces import from_responses
from tfiqa.distortions.color_spaces import to_responses
from tfiqa.distortions.curves import bend


def brighten(planes: tf.Tensor, amount: float, seed: tf.Tensor) -> tf.Tensor:
    """Lifts the middle of the tone curve, two thirds in RGB and one third in Lab."""
    del seed  # Nothing is random here.
    middle = 0.5 + amount / 2.0
    responses = to_responses(planes)
    luminance = responses[:, 1:2]
    lightness = luminance * 1.16 - 0.16
    shift = (bend(lightness, middle) + 0.16) / 1.16 - luminance
    return (bend(planes, middle) * 2.0 + from_responses(responses + shift)) / 3.0


def darken(planes: tf.Tensor, amount: float, seed: tf.Tensor) -> tf.Tensor:
    """Lowers the middle of the tone curve."""
    del seed  # Nothing is random here.
    return bend(planes, 0.5 - amount / 2.0)


def mean_shift(planes: tf.Tensor, shift: float, seed: tf.Tensor) -> tf.Tensor:
    """Adds a constant, and clips."""
    del seed  # Nothing is random here.
    return tf.clip_by_value(planes + shift, 0.0, 1.0)
