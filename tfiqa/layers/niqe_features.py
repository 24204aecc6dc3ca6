"""The features of NIQE: natural scene statistics of blocks at two scales."""

import keras
import numpy as np
from keras import ops

from tfiqa.layers.block_features import BlockFeatures
from tfiqa.layers.correlation import gaussian_taps
from tfiqa.layers.correlation import halved
from tfiqa.layers.mos import check_channels
from tfiqa.layers.mscn import mscn
from tfiqa.layers.natural_statistics import blocks_of
from tfiqa.layers.natural_statistics import natural_statistics
from tfiqa.layers.natural_statistics import of_whole_pictures
from tfiqa.layers.patches import at_least
from tfiqa.pixels import luma
from tfiqa.pixels.reflection import mirrored

# Halving by MATLAB's antialiased bicubic `imresize`.
HALVING = np.array([-3, -9, 29, 111, 111, 29, -9, -3]) / 256
MARGIN = 9  # Rows beyond a block that its halved block, with its window, needs.


@keras.saving.register_keras_serializable(package="tfiqa")
class NIQEFeatures(BlockFeatures):
    """Describes blocks of pictures by the 36 numbers of NIQE (Mittal et al., SPL 2013).

    Pictures are turned to gray levels, rounded as MATLAB's `rgb2gray` does, and cut
    at the right and below to whole blocks. One row of blocks is looked at after the
    other, so that memory beyond the picture itself grows with its width alone.

    Args:
        size: Side of a block in pixels, even.
        exact_zeros: See `mscn`.
        with_sharpness: Whether the mean local deviation of each block follows its
            features, by which pristine blocks are chosen.

    Call arguments:
        images: `(batch, height, width, 3)`, RGB in `[0, 255]`, any size and numeric
            dtype; taken to be whole levels.

    Output:
        `(batch, height // size, width // size, 36)` in the compute dtype, float64
        unless told otherwise. Blocks without any structure hold NaN, as does the
        single block of a picture that is smaller than one, and all of a picture with
        a NaN.
    """

    MULTIPLE = 2
    COUNT = 36

    def __init__(self, size=96, exact_zeros=False, with_sharpness=False, **kwargs):
        super().__init__(size, exact_zeros, with_sharpness, **kwargs)

    def call(self, images):
        check_channels(images)
        batch, height, width, _ = ops.shape(images)
        # At least one, of which nothing is told if it is not whole.
        rows, columns = (at_least(s // self.size, 1) for s in (height, width))
        # Row by row, so that a strip of them is gathered at once.
        lines = ops.reshape(images, (batch * height, width, 3))

        def strip(number):
            first = (number // rows) * height
            inside = (number % rows) * self.size + ops.arange(
                -MARGIN, self.size + MARGIN, dtype="int32"
            )
            picked = first + ops.minimum(
                mirrored(inside, rows * self.size, ops), height - 1
            )
            pixels = ops.take(lines, picked, axis=0)[:, : columns * self.size]
            missing = at_least(columns * self.size - width, 0)
            pixels = ops.pad(pixels, [[0, 0], [0, missing], [0, 0]])
            local = ops.clip(inside, 0, rows * self.size - 1) - inside[0]
            return self._strip(self._gray(pixels), local, number % rows, rows)

        numbers = ops.arange(batch * rows, dtype="int32")
        features = ops.map(strip, numbers)
        small = ops.logical_or(height < self.size, width < self.size)
        features = ops.where(small, float("nan"), features)
        features = ops.reshape(features, (batch, rows, columns, self.columns))
        return of_whole_pictures(features, images)

    def _gray(self, pixels):
        levels = ops.cast(ops.round(pixels), self.compute_dtype)
        weights = ops.convert_to_tensor(luma.MATLAB, self.compute_dtype)
        return ops.floor(ops.matmul(levels, weights[:, None])[..., 0] + 0.5)

    def _strip(self, gray, local, row, rows):
        """Returns the features of each block in one row of them.

        Args:
            gray: `(size + 2 * MARGIN, columns * size)`, mirrored beyond the picture.
            local: int32 `(size + 2 * MARGIN,)`, rows of `gray` that continue the
                picture by its border.
            row: Number of the row of blocks, of `rows`.
            rows: Rows of blocks in the picture.
        """
        taps = gaussian_taps(7, 7 / 6)
        continued = ops.take(gray, local[MARGIN - 3 : 3 - MARGIN], axis=0)
        fine, deviation = mscn(continued[None], taps, exact_zeros=self.exact_zeros)
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
    """Returns half the rows and columns of a strip that comes with its margin."""
    rows = ops.take(halved(gray[None], HALVING, axis=1), kept, axis=1)
    mirrored = ops.concatenate([rows[:, :, 2::-1], rows, rows[:, :, :-4:-1]], axis=2)
    return halved(mirrored, HALVING, axis=2)
