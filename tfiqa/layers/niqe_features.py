"""The features of NIQE: natural scene statistics of blocks at two scales."""

import keras
import numpy as np
from keras import ops

from tfiqa.layers.block_features import BlockFeatures
from tfiqa.layers.correlation import gaussian_taps
from tfiqa.layers.correlation import halved
from tfiqa.layers.mapped import mapped
from tfiqa.layers.mos import check_channels
from tfiqa.layers.mscn import mscn
from tfiqa.layers.natural_statistics import blocks_of
from tfiqa.layers.natural_statistics import masked_images
from tfiqa.layers.natural_statistics import natural_statistics
from tfiqa.layers.patches import at_least
from tfiqa.pixels import luma
from tfiqa.pixels.reflection import mirrored

# Halving by MATLAB's antialiased bicubic `imresize`.
HALVING = np.array([-3, -9, 29, 111, 111, 29, -9, -3]) / 256
MARGIN = 9  # Rows beyond a block that its half scale, with its window, needs.


@keras.saving.register_keras_serializable(package="tfiqa")
class NIQEFeatures(BlockFeatures):
    """Computes the 36 features of NIQE for each block (Mittal et al., SPL 2013).

    Images are converted to gray levels, rounded as by MATLAB's `rgb2gray`. Incomplete
    blocks at the right and at the bottom are ignored. Rows of blocks are processed one
    after another, so that memory beyond the image itself grows only with its width.

    Args:
        size: Side of a block in pixels, even.
        exact_zeros: See `mscn`.
        with_sharpness: Whether the mean local deviation of each block, which selects
            pristine blocks, follows its features.

    Call arguments:
        images: `(batch, height, width, 3)`, RGB in `[0, 255]`, any size and numeric
            dtype; rounded to integer levels.

    Output:
        `(batch, height // size, width // size, 36)` in the compute dtype, float64 by
        default. Blocks without structure hold NaN. So do the single block of an image
        that is smaller than a block, and all blocks of an image with a NaN.
    """

    MULTIPLE = 2
    COUNT = 36

    def __init__(self, size=96, exact_zeros=False, with_sharpness=False, **kwargs):
        super().__init__(size, exact_zeros, with_sharpness, **kwargs)

    def call(self, images):
        check_channels(images)
        batch, height, width, _ = ops.shape(images)
        # At least one block, whose features are NaN if it is incomplete.
        rows, columns = (at_least(s // self.size, 1) for s in (height, width))
        # All rows of pixels, so that those of a strip are gathered at once.
        lines = ops.reshape(images, (batch * height, width, 3))

        def strip(number):
            first = (number // rows) * height
            inside = (number % rows) * self.size + ops.arange(
                -MARGIN, self.size + MARGIN, dtype="int32"
            )
            rows_of_strip = first + ops.minimum(
                mirrored(inside, rows * self.size, ops), height - 1
            )
            pixels = ops.take(lines, rows_of_strip, axis=0)[:, : columns * self.size]
            missing = at_least(columns * self.size - width, 0)
            pixels = ops.pad(pixels, [[0, 0], [0, missing], [0, 0]])
            local = ops.clip(inside, 0, rows * self.size - 1) - inside[0]
            return self._strip(self._gray(pixels), local, number % rows, rows)

        numbers = ops.arange(batch * rows, dtype="int32")
        features = mapped(strip, numbers, self.compute_dtype)
        small = ops.logical_or(height < self.size, width < self.size)
        features = ops.where(small, float("nan"), features)
        features = ops.reshape(features, (batch, rows, columns, self.columns))
        return masked_images(features, images)

    def _gray(self, pixels):
        levels = ops.cast(ops.round(pixels), self.compute_dtype)
        weights = ops.convert_to_tensor(luma.MATLAB, self.compute_dtype)
        return ops.floor(ops.matmul(levels, weights[:, None])[..., 0] + 0.5)

    def _strip(self, gray, local, row, rows):
        """Returns the features of each block in one row of them.

        Args:
            gray: `(size + 2 * MARGIN, columns * size)`, mirrored beyond the image.
            local: int32 `(size + 2 * MARGIN,)`, rows of `gray` that extend the image by
                its border instead.
            row: Index of the row of blocks.
            rows: Number of rows of blocks in the image.
        """
        taps = gaussian_taps(7, 7 / 6)
        extended = ops.take(gray, local[MARGIN - 3 : 3 - MARGIN], axis=0)
        fine, deviation = mscn(extended[None], taps, exact_zeros=self.exact_zeros)
        half = self.size // 2
        inside = row * half + ops.arange(-3, half + 3, dtype="int32")
        kept = ops.clip(inside, 0, rows * half - 1) - inside[0]
        coarse, _ = mscn(_halved(gray, kept), taps, exact_zeros=self.exact_zeros)
        fine, coarse = (
            natural_statistics(blocks_of(plane, side))
            for plane, side in ((fine, self.size), (coarse, half))
        )
        features = [fine, coarse]
        if self.with_sharpness:
            sharpness = ops.mean(blocks_of(deviation, self.size), axis=(1, 2))
            features.append(sharpness[:, None])
        return ops.concatenate(features, axis=1)

    def compute_output_shape(self, images_shape):
        batch, height, width, _ = images_shape
        rows, columns = (
            None if side is None else max(side // self.size, 1)
            for side in (height, width)
        )
        return (batch, rows, columns, self.columns)


def _halved(gray, kept):
    """Halves a strip, which comes with its margin, along rows and columns."""
    rows = ops.take(halved(gray[None], HALVING), kept, axis=1)
    columns = ops.transpose(rows, (0, 2, 1))
    columns = ops.concatenate([columns[:, 2::-1], columns, columns[:, :-4:-1]], axis=1)
    return ops.transpose(halved(columns, HALVING), (0, 2, 1))
