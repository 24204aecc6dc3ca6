"""Blurs of planes `(batch, 3, height, width)`."""

import tensorflow as tf

from tfiqa.distortions.filters import filter_separably
from tfiqa.distortions.filters import gaussian_kernel


def gaussian_blur(planes: tf.Tensor, sigma: float, seed: tf.Tensor) -> tf.Tensor:
    """Blurs by a Gaussian of standard deviation `sigma` in pixels."""
    del seed  # Nothing is random here.
    return filter_separably(planes, gaussian_kernel(sigma))
