"""Changes of the sharpness and contrast of planes `(batch, 3, height, width)`."""

import tensorflow as tf

from tfiqa.distortions.color_spaces import from_responses
from tfiqa.distortions.color_spaces import to_responses
from tfiqa.distortions.compiled import on_pixels
from tfiqa.distortions.curves import halves_of_spline
from tfiqa.distortions.curves import steepen
from tfiqa.distortions.filters import filter_separably
from tfiqa.distortions.filters import gaussian_kernel


def sharpen(planes: tf.Tensor, amount: float, seed: tf.Tensor) -> tf.Tensor:
    """Sharpens lightness in Lab by unsharp masking with a Gaussian of 3 pixels."""
    del seed  # Nothing is random here.
    responses = on_pixels(to_responses, planes)
    blurred = filter_separably(responses[:, 1:2], gaussian_kernel(3.0))
    both = tf.concat([responses, blurred], axis=1)
    return on_pixels(_sharpened, both, amount)


def contrast(planes: tf.Tensor, amount: float, seed: tf.Tensor) -> tf.Tensor:
    """Steepens (`amount` above 0) or flattens the middle of the tone curve."""
    del seed  # Nothing is random here.
    lower, upper = halves_of_spline(0.25 - amount / 4.0, 0.75 + amount / 4.0)
    return on_pixels(_steepened, planes, *lower, *upper)


def _sharpened(
    x: tf.Tensor, y: tf.Tensor, z: tf.Tensor, blurred: tf.Tensor, amount: tf.Tensor
) -> list[tf.Tensor]:
    detail = (y - blurred) * amount
    return from_responses(x + detail, y + detail, z + detail)


def _steepened(
    red: tf.Tensor, green: tf.Tensor, blue: tf.Tensor, *coefficients: tf.Tensor
) -> list[tf.Tensor]:
    lower, upper = coefficients[:4], coefficients[4:]
    return [steepen(values, lower, upper) for values in (red, green, blue)]
