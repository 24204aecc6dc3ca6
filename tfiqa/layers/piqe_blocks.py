"""PIQE: blocks of an image that hold artifacts or noise, and the resulting score."""

import keras
import numpy as np
from keras import ops

from tfiqa.layers.correlation import gaussian_taps
from tfiqa.layers.mapped import mapped
from tfiqa.layers.mos import check_channels
from tfiqa.layers.mscn import mscn
from tfiqa.layers.natural_statistics import blocks_of
from tfiqa.layers.precision import check_precision
from tfiqa.pixels import luma
from tfiqa.pixels.reflection import mirrored

SIZE = 16
# Number of rows processed at once, a multiple of SIZE.
STRIP = 96
REACH = 3  # Reach of the window of the normalization.
# Variance below which a block is smooth, and deviation below which a segment of an edge
# is uniform.
SMOOTH = 0.1
WINDOW = 6  # Number of samples in a segment of an edge.


@keras.saving.register_keras_serializable(package="tfiqa")
class PIQEBlocks(keras.layers.Layer):
    """Judges blocks of 16 x 16 pixels (Venkatanath et al., NCC 2015).

    A block of normalized luminance is active if it varies. An active block has an
    artifact if a segment of one of its edges is uniform, and noise if its central
    columns deviate from their surroundings as noise does. As in the released code,
    images whose sides are not multiples of 16 are extended by mirroring the remainder,
    and the surroundings of the center lack the wrong column.

    Call arguments:
        images: `(batch, height, width, 3)`, RGB in `[0, 255]`, any numeric dtype.
            Sides of 8 pixels or more.

    Output:
        `(batch, rows, columns, 5)` in the compute dtype, float64 by default: for each
        block the variance, 1 or 0 for active, artifact and noise, and the distortion:
        one minus the variance for an artifact, plus the variance for noise. A remainder
        of 8 pixels or more gives another row or column of blocks.
    """

    differentiable = False  # Blocks are judged by thresholds.

    def __init__(self, dtype="float64", **kwargs):
        super().__init__(dtype=dtype, autocast=False, **kwargs)
        check_precision(self.compute_dtype)

    def call(self, images):
        check_channels(images)
        batch, height, width, _ = ops.shape(images)
        lines = ops.reshape(images, (batch * height, width, 3))
        rows, columns = (_blocks_along(side) for side in (height, width))
        strips = (rows * SIZE + STRIP - 1) // STRIP
        padded = height + height % SIZE

        def gray(image, rows_of_strip):
            picked = image * height + mirrored(rows_of_strip, height, ops)
            levels = ops.cast(ops.take(lines, picked, axis=0), self.compute_dtype)
            weights = ops.convert_to_tensor(luma.BT601, self.compute_dtype)
            return ops.matmul(levels, weights[:, None])[..., 0]

        def brightest(number):
            rows_of_strip = (number % strips) * STRIP + ops.arange(STRIP, dtype="int32")
            rows_of_strip = ops.clip(rows_of_strip, 0, height - 1)
            return ops.max(gray(number // strips, rows_of_strip))

        def strip(number):
            rows_of_strip = (number % strips) * STRIP
            rows_of_strip = rows_of_strip + ops.arange(
                -REACH, STRIP + REACH, dtype="int32"
            )
            rows_of_strip = ops.clip(rows_of_strip, 0, padded - 1)
            image = number // strips
            levels = gray(image, rows_of_strip) / ops.take(highest, image) * 255.0
            # Keeps JAX from continuing in single precision.
            levels = ops.cast(ops.floor(levels + 0.5), self.compute_dtype)
            extent = ops.arange(width + width % SIZE, dtype="int32")
            levels = ops.take(levels, mirrored(extent, width, ops), axis=1)
            normalized, _ = mscn(levels[None], gaussian_taps(7, 7 / 6))
            return _judged(blocks_of(normalized[:, :, : columns * SIZE], SIZE))

        numbers = ops.arange(batch * strips, dtype="int32")
        highest = mapped(brightest, numbers, self.compute_dtype)
        highest = ops.max(ops.reshape(highest, (batch, strips)), axis=1)
        blocks_of_strips = mapped(strip, numbers, self.compute_dtype)
        shape = (batch, strips * (STRIP // SIZE), columns, 5)
        return ops.reshape(blocks_of_strips, shape)[:, :rows]

    def compute_output_shape(self, images_shape):
        batch, height, width, _ = images_shape
        sides = [side and _blocks_along(side) for side in (height, width)]
        return (batch, *sides, 5)


@keras.saving.register_keras_serializable(package="tfiqa")
class PIQEDistance(keras.layers.Layer):
    """Sums up the blocks of an image as PIQE does.

    `100 (1 + sum of distortion) / (1 + number of active blocks)`.

    Call arguments:
        blocks: `(batch, rows, columns, 5)`; see `PIQEBlocks`.
        means: Means over the blocks, `(batch, 5)`.

    Output:
        `(batch, 1)`, lower is better, about 0 to 100.
    """

    def __init__(self, dtype="float64", **kwargs):
        super().__init__(dtype=dtype, autocast=False, **kwargs)

    def build(self, blocks_shape, means_shape):
        pass

    def call(self, blocks, means):
        _, rows, columns, _ = ops.shape(blocks)
        sums = means * ops.cast(rows * columns, self.compute_dtype)
        return 100.0 * (1.0 + sums[:, 4:]) / (1.0 + sums[:, 1:2])

    def per_patch(self, blocks):
        """Returns the distortion of each block, `(batch, rows, columns)`.

        NaN if a block is not active.
        """
        return ops.where(blocks[..., 1] > 0, blocks[..., 4], float("nan"))

    def compute_output_shape(self, blocks_shape, means_shape):
        return (means_shape[0], 1)


def _blocks_along(length):
    return (length + length % SIZE) // SIZE


def _judged(blocks):
    """Returns variance, verdicts and distortion of blocks `(n, 16, 16)`, `(n, 5)`."""
    variance = _deviation(blocks, axis=(1, 2)) ** 2
    edges = [blocks[:, 0], blocks[:, -1], blocks[:, :, 0], blocks[:, :, -1]]
    edges = ops.stack(edges, axis=1)
    windows = SIZE - WINDOW + 1
    parts = [edges[..., first : first + windows] for first in range(WINDOW)]
    even = _deviation(ops.stack(parts, axis=-1), axis=-1) < SMOOTH
    active = variance > SMOOTH
    artifact = ops.logical_and(active, ops.any(even, axis=(1, 2)))
    # Columns 8 and 9, and all columns but 8 and 10, counted from 1.
    middle = _deviation(blocks[:, :, 7:9], axis=(1, 2))
    around = np.delete(np.arange(SIZE), [7, 9])
    around = _deviation(ops.take(blocks, around, axis=2), axis=(1, 2))
    ratio = middle / around
    ratio = ops.where(ops.isnan(ratio), 0.0, ratio)
    deviation = ops.sqrt(variance)
    beta = ops.abs(deviation - ratio) / ops.maximum(deviation, ratio)
    noise = ops.logical_and(active, deviation > 2.0 * beta)
    active, artifact, noise = (
        ops.cast(verdict, blocks.dtype) for verdict in (active, artifact, noise)
    )
    distortion = artifact * (1.0 - variance) + noise * variance
    return ops.stack([variance, active, artifact, noise, distortion], axis=1)


def _deviation(values, axis):
    """Returns the standard deviation with n - 1 degrees of freedom."""
    count = np.prod([values.shape[a] for a in np.atleast_1d(axis)])
    mean = ops.mean(values, axis=axis, keepdims=True)
    squares = ops.sum((values - mean) ** 2, axis=axis)
    return ops.sqrt(squares / float(count - 1))
