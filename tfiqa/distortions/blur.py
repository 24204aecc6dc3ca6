"""Blurs of planes `(batch, 3, height, width)`."""

import functools
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from tfiqa.distortions import kernels
from tfiqa.distortions import threefry
from tfiqa.distortions.compiled import graph
from tfiqa.distortions.filters import filter_planes
from tfiqa.distortions.filters import filter_separably
from tfiqa.distortions.filters import gaussian_kernel


def gaussian_blur(planes: tf.Tensor, sigma: float, seed: tf.Tensor) -> tf.Tensor:
    """Blurs by a Gaussian of standard deviation `sigma` in pixels."""
    del seed  # Nothing is random here.
    return filter_separably(planes, gaussian_kernel(sigma))


def lens_blur(planes: tf.Tensor, radius: int, seed: tf.Tensor) -> tf.Tensor:
    """Blurs by a disk of radius `radius` in pixels."""
    del seed  # Nothing is random here.
    return filter_planes(planes, tf.constant(kernels.disk(radius), tf.float32))


def motion_blur(planes: tf.Tensor, length: int, seed: tf.Tensor) -> tf.Tensor:
    """Blurs along a line of `length` pixels at a random angle in integer degrees."""
    if length == 1:
        return planes
    angles = tf.cast(threefry.uniforms(seed, 1)[:, 0] * 181.0, tf.int32)
    choices = tf.gather(tf.constant(motion_kernels(length), tf.float32), angles)
    return _filter_each(length + 1)(planes, choices)


@functools.cache
def _filter_each(side: int) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """Returns the function that filters each of the planes by its own kernel."""

    def run(planes: tf.Tensor, choices: tf.Tensor) -> tf.Tensor:
        choices = tf.ensure_shape(choices, (None, side, side))
        return tf.map_fn(
            lambda row: filter_planes(row[0][None], row[1])[0],
            (planes, choices),
            fn_output_signature=tf.TensorSpec(planes.shape[1:], tf.float32),
        )

    return graph(run)


@functools.cache
def motion_kernels(length: int) -> np.ndarray:
    """Returns the kernels for 0 to 180 degrees, centered in squares of one size."""
    side = length + 1
    stack = np.zeros((181, side, side))
    for angle, square in enumerate(stack):
        kernel = kernels.motion(length, angle)
        top, left = (side - kernel.shape[0]) // 2, (side - kernel.shape[1]) // 2
        square[top : top + kernel.shape[0], left : left + kernel.shape[1]] = kernel
    return stack
