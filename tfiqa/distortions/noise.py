"""Noise on planes `(batch, 3, height, width)`, with one seed for each image."""

import tensorflow as tf

from tfiqa.distortions import threefry
from tfiqa.distortions.color_spaces import from_ycbcr
from tfiqa.distortions.color_spaces import to_ycbcr
from tfiqa.distortions.shrinkage import shrink


def white_noise(planes: tf.Tensor, variance: float, seed: tf.Tensor) -> tf.Tensor:
    """Adds normal noise to each sample and clips."""
    return threefry.with_noise(_noisy, planes, seed, variance**0.5)


def color_noise(planes: tf.Tensor, variance: float, seed: tf.Tensor) -> tf.Tensor:
    """Adds normal noise to the planes of YCbCr; clips these and the resulting RGB."""
    return from_ycbcr(white_noise(to_ycbcr(planes), variance, seed))


def impulse_noise(planes: tf.Tensor, density: float, seed: tf.Tensor) -> tf.Tensor:
    """Sets samples to 0 or 1, each with half the density, channel by channel."""
    return threefry.with_noise(_struck, planes, seed, density)


def multiplicative_noise(
    planes: tf.Tensor, variance: float, seed: tf.Tensor
) -> tf.Tensor:
    """Multiplies each sample by 1 plus uniform noise and clips."""
    return threefry.with_noise(_multiplied, planes, seed, variance)


def denoise(planes: tf.Tensor, variance: float, seed: tf.Tensor) -> tf.Tensor:
    """Adds normal noise and removes as much of it as wavelet shrinkage can.

    The database denoises by a network whose weights are not published. Wavelet
    shrinkage of each channel, with the known variance, replaces it.
    """
    noisy = white_noise(planes, variance, seed)
    return shrink(noisy, variance**0.5)


def _noisy(
    key: tf.Tensor, block: tf.Tensor, samples: tf.Tensor, deviation: tf.Tensor
) -> list[tf.Tensor]:
    noise = threefry.normals_of_block(key, block)
    return [tf.clip_by_value(samples + noise * deviation, 0.0, 1.0)]


def _struck(
    key: tf.Tensor, block: tf.Tensor, samples: tf.Tensor, density: tf.Tensor
) -> list[tf.Tensor]:
    chance = threefry.uniforms_of_block(key, block)
    speck = tf.where(chance < density / 2.0, 0.0, 1.0)
    return [tf.where(chance < density, speck, samples)]


def _multiplied(
    key: tf.Tensor, block: tf.Tensor, samples: tf.Tensor, variance: tf.Tensor
) -> list[tf.Tensor]:
    centered = threefry.uniforms_of_block(key, block) - 0.5
    factor = 1.0 + centered * tf.sqrt(12.0 * variance)
    return [tf.clip_by_value(samples * factor, 0.0, 1.0)]
