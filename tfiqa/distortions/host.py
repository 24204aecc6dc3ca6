"""Runs codecs, which are no tensor arithmetic, on the CPU: pictures in parallel."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import tensorflow as tf

from tfiqa.distortions.frame import to_bytes


def map_pictures(
    function: Callable[[np.ndarray], np.ndarray], planes: tf.Tensor
) -> tf.Tensor:
    """Returns planes after a function of 8-bit pictures.

    Args:
        function: Maps a picture uint8 `(height, width, 3)` to another one.
        planes: `(batch, 3, height, width)` in `[0, 1]`, rounded here to 8 bits.

    Returns:
        float32 `(batch, 3, height, width)`, multiples of 1/255.
    """
    # Bytes are a quarter of the memory to turn around.
    pictures = tf.transpose(tf.cast(to_bytes(planes), tf.uint8), (0, 2, 3, 1))
    changed = tf.numpy_function(_in_threads(function), [pictures], tf.uint8)
    changed = tf.transpose(tf.ensure_shape(changed, pictures.shape), (0, 3, 1, 2))
    return tf.cast(changed, tf.float32) * (1.0 / 255.0)


def _in_threads(
    function: Callable[[np.ndarray], np.ndarray],
) -> Callable[[np.ndarray], np.ndarray]:
    def run(pictures: np.ndarray) -> np.ndarray:
        if not len(pictures):
            return pictures
        if len(pictures) == 1:
            return function(pictures[0])[None]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return np.stack(list(pool.map(function, pictures)))

    return run
