"""Changes of brightness of planes `(batch, 3, height, width)`."""

import tensorflow as tf

from tfiqa.distortions.color_spaces import from_responses
from tfiqa.distortions.color_spaces import to_responses
from tfiqa.distortions.compiled import on_pixels
from tfiqa.distortions.curves import bend


def brighten(planes: tf.Tensor, amount: float, seed: tf.Tensor) -> tf.Tensor:
    """Raises the middle of the tone curve, two thirds in RGB and one third in Lab."""
    del seed  # Nothing is random here.
    return on_pixels(_brightened, planes, 0.5 + amount / 2.0)


def darken(planes: tf.Tensor, amount: float, seed: tf.Tensor) -> tf.Tensor:
    """Lowers the middle of the tone curve."""
    del seed  # Nothing is random here.
    return bend(planes, 0.5 - amount / 2.0)


def mean_shift(planes: tf.Tensor, shift: float, seed: tf.Tensor) -> tf.Tensor:
    """Adds a constant and clips."""
    del seed  # Nothing is random here.
    return tf.clip_by_value(planes + shift, 0.0, 1.0)


def _brightened(
    red: tf.Tensor, green: tf.Tensor, blue: tf.Tensor, middle: tf.Tensor
) -> list[tf.Tensor]:
    x, y, z = to_responses(red, green, blue)
    shift = (bend(y * 1.16 - 0.16, middle) + 0.16) / 1.16 - y
    lifted = from_responses(x + shift, y + shift, z + shift)
    return [
        (bend(value, middle) * 2.0 + light) * (1.0 / 3.0)
        for value, light in zip((red, green, blue), lifted, strict=True)
    ]
