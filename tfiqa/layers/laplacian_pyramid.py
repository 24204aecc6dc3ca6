"""The bands of an image, from fine to coarse."""

from typing import Any

import keras
import numpy as np
from keras import ops

from tfiqa.pixels.reflection import reflected

# From Burt and Adelson, "The Laplacian Pyramid as a Compact Image Code", 1983.
TAPS = np.array([1.0, 4.0, 6.0, 4.0, 1.0]) / 16


@keras.saving.register_keras_serializable(package="tfiqa")
class LaplacianPyramid(keras.layers.Layer):
    """Decomposes images into bands, each of half the size of the previous one.

    A band is the difference between an image and the expansion of its smoothed half;
    the last output is the remaining low-pass image. Borders are extended by reflection
    about the border pixels.

    Args:
        bands: Number of bands, without the low-pass image.

    Call arguments:
        images: `(batch, height, width, channels)`.

    Output:
        A list of `bands + 1` tensors `(batch, ceil(height / 2^i),
        ceil(width / 2^i), channels)`.
    """

    def __init__(self, bands=3, **kwargs):
        super().__init__(**kwargs)
        self.bands = bands

    def build(self, images_shape):
        pass

    def call(self, images):
        parts = []
        for _ in range(self.bands):
            smaller = _smoothed(images)[:, ::2, ::2]
            parts.append(images - _expanded(smaller, images))
            images = smaller
        return [*parts, images]

    def compute_output_shape(self, images_shape):
        batch, height, width, channels = images_shape
        shapes = [(batch, height, width, channels)]
        for _ in range(self.bands):
            height, width = (
                None if side is None else (side + 1) // 2 for side in (height, width)
            )
            shapes.append((batch, height, width, channels))
        return shapes

    def get_config(self):
        return {**super().get_config(), "bands": self.bands}


def _smoothed(images) -> Any:
    for axis in (1, 2):
        length = ops.shape(images)[axis]
        positions = ops.arange(length, dtype="int32")
        images = sum(
            tap * ops.take(images, reflected(positions + offset, length, ops), axis)
            for tap, offset in zip(TAPS, range(-2, 3), strict=True)
        )
    return images


def _expanded(smaller, like):
    """Returns an image of half the size at the size of `like`."""
    _, height, width, _ = ops.shape(like)
    for axis, length in ((1, height), (2, width)):
        positions = ops.arange(length, dtype="int32")
        doubled = ops.take(smaller, positions // 2, axis)
        even = ops.cast(ops.equal(positions % 2, 0), smaller.dtype)
        shape = [1, 1, 1, 1]
        shape[axis] = -1
        smaller = doubled * ops.reshape(even, shape)
    return 4 * _smoothed(smaller)
