"""Changes of sharpness and contrast of planes `(batch, 3, height, width)`."""

import tensorflow as tf

from tfiqa.distortions.color_spaces import from_responses
from tfiqa.distortions.color_spaces import to_responses
from tfiqa.distortions.curves import steepen
from tfiqa.distortions.filters import filter_separably
from tfiqa.distortions.filters import gaussian_kernel


def sharpen(planes: tf.Tensor, amount: float, seed: tf.Tensor) -> tf.Tensor:
    """Adds to the lightness of Lab what a Gaussian of 3 pixels takes from it."""
    del seed  # Nothing is random here.
    responses = to_responses(planes)
    luminance = responses[:, 1:2]
    blurred = filter_separably(luminance, gaussian_kernel(3.0))
    return from_responses(responses + (luminance - blurred) * amount)


def contrast(planes: tf.Tensor, amount: float, seed: tf.Tensor) -> tf.Tensor:
    """Steepens (`amount` above 0) or flattens the middle of the tone curve."""
    del seed  # Nothing is random here.
    return steepen(planes, 0.25 - amount / 4.0, 0.75 + amount / 4.0)
