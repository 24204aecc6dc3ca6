"""Noises of planes `(batch, 3, height, width)`, one seed for each picture."""

import tensorflow as tf

from tfiqa.distortions import threefry
from tfiqa.distortions.color_spaces import from_ycbcr
from tfiqa.distortions.color_spaces import to_ycbcr
from tfiqa.distortions.filters import dimensions
from tfiqa.distortions.shrinkage import shrink


def white_noise(planes: tf.Tensor, variance: float, seed: tf.Tensor) -> tf.Tensor:
    """Adds normal noise of a variance to each sample, and clips."""
    noise = threefry.normal_fields(seed, dimensions(planes)[1:])
    return tf.clip_by_value(planes + noise * variance**0.5, 0.0, 1.0)


def color_noise(planes: tf.Tensor, variance: float, seed: tf.Tensor) -> tf.Tensor:
    """Adds normal noise to the three planes of YCbCr, and clips before and after."""
    return from_ycbcr(white_noise(to_ycbcr(planes), variance, seed))


def impulse_noise(planes: tf.Tensor, density: float, seed: tf.Tensor) -> tf.Tensor:
    """Sets samples to 0 or to 1, each with half the density, channel by channel."""
    chance = threefry.uniform_fields(seed, dimensions(planes)[1:])
    kept = tf.cast(chance >= density, tf.float32)
    not_black = tf.cast(chance >= density / 2.0, tf.float32)
    return planes * kept + (not_black - kept)


def multiplicative_noise(
    planes: tf.Tensor, variance: float, seed: tf.Tensor
) -> tf.Tensor:
    """Multiplies each sample by 1 plus uniform noise of a variance, and clips."""
    chance = threefry.uniform_fields(seed, dimensions(planes)[1:])
    factor = chance * (12.0 * variance) ** 0.5 + (1.0 - (3.0 * variance) ** 0.5)
    return tf.clip_by_value(planes * factor, 0.0, 1.0)


def denoise(planes: tf.Tensor, variance: float, seed: tf.Tensor) -> tf.Tensor:
    """Adds normal noise of a variance, and takes it away again as far as it goes.

    The database denoises by a network whose weights are not published. Wavelet
    shrinkage of each channel with the known variance stands in for it.
    """
    noisy = white_noise(planes, variance, seed)
    return shrink(noisy, variance**0.5)
