"""Runs codecs, which are not tensor arithmetic, on the CPU: images in parallel."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import tensorflow as tf

from tfiqa.distortions.frame import to_bytes


def map_images(
    function: Callable[[np.ndarray], np.ndarray], planes: tf.Tensor
) -> tf.Tensor:
    """Applies a function of 8-bit images to planes.

    Args:
        function: From an image uint8 `(height, width, 3)` to one of the same shape.
        planes: `(batch, 3, height, width)` in `[0, 1]`, rounded here to 8 bits.

    Returns:
        float32 `(batch, 3, height, width)`, multiples of 1/255.
    """
    # Transposing bytes moves a quarter of the memory.
    images = tf.transpose(_bytes(planes), (0, 2, 3, 1))
    return _values(tf.transpose(_mapped(function, images), (0, 3, 1, 2)))


def map_planes(
    function: Callable[[np.ndarray], np.ndarray], planes: tf.Tensor
) -> tf.Tensor:
    """Applies a function of 8-bit planes, uint8 `(3, height, width)`, to planes.

    As `map_images`, for functions that do not need the channels of a pixel together.
    """
    return _values(_mapped(function, _bytes(planes)))


def _bytes(planes: tf.Tensor) -> tf.Tensor:
    return tf.cast(to_bytes(planes), tf.uint8)


def _values(levels: tf.Tensor) -> tf.Tensor:
    return tf.cast(levels, tf.float32) * (1.0 / 255.0)


def _mapped(
    function: Callable[[np.ndarray], np.ndarray], images: tf.Tensor
) -> tf.Tensor:
    changed = tf.numpy_function(_in_threads(function), [images], tf.uint8)
    return tf.ensure_shape(changed, images.shape)


def _in_threads(
    function: Callable[[np.ndarray], np.ndarray],
) -> Callable[[np.ndarray], np.ndarray]:
    def run(images: np.ndarray) -> np.ndarray:
        if not len(images):
            return images
        if len(images) == 1:
            return function(images[0])[None]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return np.stack(list(pool.map(function, images)))

    return run
