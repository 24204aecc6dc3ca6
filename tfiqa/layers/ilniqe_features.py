"""The features of IL-NIQE: statistics of blocks in 109 maps at two scales."""

import math

import keras
import numpy as np
from keras import ops

from tfiqa.layers import aggd
from tfiqa.layers import weibull
from tfiqa.layers.block_features import BlockFeatures
from tfiqa.layers.correlation import gaussian_taps
from tfiqa.layers.correlation import halved
from tfiqa.layers.correlation import replicated
from tfiqa.layers.gaussian_gradient import gaussian_gradient
from tfiqa.layers.log_gabor import OCTAVES
from tfiqa.layers.log_gabor import TURNS
from tfiqa.layers.log_gabor import log_gabor
from tfiqa.layers.mapped import mapped
from tfiqa.layers.mos import check_channels
from tfiqa.layers.mscn import mscn
from tfiqa.layers.mscn import without_residue
from tfiqa.layers.natural_statistics import blocks_of
from tfiqa.layers.natural_statistics import masked_images
from tfiqa.layers.natural_statistics import natural_statistics

OPPONENT = np.array([[0.3, 0.04, -0.35], [0.34, -0.6, 0.17], [0.06, 0.63, 0.27]])
# From logarithms of red, green and blue to intensity, blue-yellow and red-green.
CHROMATIC = np.array(
    [[1, 1, 1] / np.sqrt(3), [1, 1, -2] / np.sqrt(6), [1, -1, 0] / np.sqrt(2)]
)
EPSILON = float(np.finfo(float).eps)
# Dtype of the maps whose errors average out over the pixels of a block: log-Gabor
# responses, their gradients, all magnitudes and color. Maps are computed in double
# precision where nearly equal numbers are subtracted, and so are the sums over blocks.
MAPS = "float32"
LARGEST = 10000.0  # Instead of an infinite Weibull shape.


@keras.saving.register_keras_serializable(package="tfiqa")
class ILNIQEFeatures(BlockFeatures):
    """Computes the 468 features of IL-NIQE for each block of an image (TIP 2015).

    At each of two scales these describe normalized luminance and products of neighbors
    (18 features), magnitudes of gradients (6), color (6), derivatives and log-Gabor
    responses (156), and the magnitudes of the gradients of the responses (48).

    Args:
        size: Side of a block in pixels, a multiple of 4.
        exact_zeros: Whether values that can only be rounding errors become 0, in all
            maps; see `mscn`.
        with_sharpness: Whether the mean local deviation of each block, which selects
            pristine blocks, follows its features. Infinite shapes are kept then.

    Call arguments:
        images: Integers `(batch, side, side, 3)`, RGB in `[0, 255]`, of which the
            complete blocks are used. `side` must be known when the layer is called.

    Output:
        `(batch, side // size, side // size, 468)` in the compute dtype, float64 by
        default. Blocks without structure hold NaN, and so do all blocks of an image
        with a NaN. Luminance, its gradients, spectra, and sums are computed in this
        dtype, other maps in single precision: `MAPS`.
    """

    MULTIPLE = 4
    COUNT = 468

    def __init__(self, size=84, exact_zeros=False, with_sharpness=False, **kwargs):
        super().__init__(size, exact_zeros, with_sharpness, **kwargs)

    def call(self, images):
        check_channels(images)
        count = images.shape[1] // self.size
        side = count * self.size
        colors = ops.cast(images[:, :side, :side], self.compute_dtype)
        colors = ops.transpose(colors, (0, 3, 1, 2))
        banks = [log_gabor(side // s, s, self.compute_dtype) for s in (1, 2)]
        features = mapped(
            lambda image: self._of_image(image, banks), colors, self.compute_dtype
        )
        features = ops.reshape(features, (-1, count, count, self.columns))
        return masked_images(features, images)

    def _of_image(self, colors, banks):
        """Returns the features of each block of an image `(3, side, side)`."""
        opponents = _mixed(colors, OPPONENT)
        fine, sharpness = self._scale(opponents, colors, banks[0], 1)
        if self.exact_zeros:  # In any order, since no sign of rounding counts.
            colors = _halved(colors)
            opponents = _mixed(colors, OPPONENT)
        else:
            smaller = _halved(ops.concatenate([opponents, colors]))
            opponents, colors = smaller[:3], smaller[3:]
        coarse, _ = self._scale(opponents, colors, banks[1], 2)
        features = ops.concatenate([fine, coarse], axis=1)
        if self.with_sharpness:
            return ops.concatenate([features, sharpness[:, None]], axis=1)
        infinite = ops.equal(features, float("inf"))
        return ops.where(infinite, LARGEST, features)

    def _scale(self, opponents, colors, bank, scale):
        """Returns features `(blocks, 234)` and sharpness `(blocks,)` at one scale."""
        size, sigma = self.size // scale, 1.66 / scale**0.28
        luminance, dtype = opponents[2:], self.compute_dtype
        normalized = self._normalized(luminance, size)
        settle = without_residue if self.exact_zeros else lambda values: values
        across, down = (
            ops.cast(settle(ops.transpose(d, (0, 2, 1))), MAPS)
            for d in gaussian_gradient(opponents, sigma)
        )
        gradients = ops.reshape(
            ops.stack([across, down], axis=1), (6, *across.shape[1:])
        )
        responses, derivatives, magnitudes = _responses(
            luminance[0], bank, size, sigma, settle
        )
        features = [
            normalized[:, :-1],
            _side_by_side(weibull.fit(_cells(_magnitude(across, down), size)), 3),
            _side_by_side(_color(ops.cast(colors, MAPS), size), 3),
            _side_by_side(_symmetric(_moments(gradients, size, dtype), size), 6),
            *(responses, derivatives, magnitudes),
        ]
        features = [ops.cast(f, dtype) for f in features]
        return ops.concatenate(features, axis=1), normalized[:, -1]

    def _normalized(self, luminance, size):
        """Returns statistics of normalized luminance and sharpness, `(blocks, 19)`.

        One row of blocks after another, whose maps are small enough for the cache.
        """
        taps = gaussian_taps(5, 5 / 6)
        first = np.arange(0, luminance.shape[1], size)
        inside = first[:, None] + np.arange(size + len(taps) - 1)
        strips = ops.take(replicated(luminance, 2, 2, axis=1)[0], inside, axis=0)

        def described(strip):
            values, deviation = mscn(
                strip[None],
                taps,
                separable=self.exact_zeros,
                exact_zeros=self.exact_zeros,
            )
            sharpness = ops.mean(_cells(deviation, size), axis=1, keepdims=True)
            statistics = natural_statistics(blocks_of(values, size))
            return ops.concatenate([statistics, sharpness], axis=1)

        features = mapped(described, strips, self.compute_dtype)
        return ops.reshape(features, (-1, features.shape[-1]))

    def compute_output_shape(self, images_shape):
        count = images_shape[1] // self.size
        return (images_shape[0], count, count, self.columns)


def _responses(luminance, bank, size, sigma, settle):
    """Returns features of log-Gabor responses, filter by filter.

    These are features of their real and imaginary parts `(blocks, 48)`, of the
    derivatives `(blocks, 96)` and of the magnitudes of the gradients `(blocks, 48)`.
    `settle` replaces values that may be rounding errors.
    """
    spectrum = ops.fft2((luminance, ops.zeros_like(luminance)))
    spectrum = [part / math.prod(luminance.shape) for part in spectrum]
    radial, angular = bank
    dtype = keras.backend.standardize_dtype(luminance.dtype)

    def response(number):
        octave = ops.take(radial, number // TURNS, axis=0)
        filtered = octave * ops.take(angular, number % TURNS, axis=0)
        # With real and imaginary parts exchanged, `fft2` is the inverse.
        odd, even = ops.fft2((filtered * spectrum[1], filtered * spectrum[0]))
        parts = settle(ops.stack([ops.cast(part, MAPS) for part in (even, odd)]))
        across, down = gaussian_gradient(parts, sigma)
        gradients = ops.stack([across[0], down[0], across[1], down[1]])
        magnitudes = weibull.fit(_cells(_magnitude(across, down), size))
        return (
            _moments(parts, size, dtype),
            _moments(gradients, size, dtype),
            magnitudes,
        )

    count = OCTAVES * TURNS
    numbers = ops.arange(count, dtype="int32")
    parts, gradients, magnitudes = mapped(response, numbers, (dtype, dtype, MAPS))
    # Each fit is many small steps, so all filters are fitted together.
    parts, gradients = (
        _symmetric(ops.reshape(ops.transpose(moments, (1, 0, 2)), (5, -1)), size)
        for moments in (parts, gradients)
    )
    return (
        _side_by_side(parts, 2 * count),
        _side_by_side(gradients, 4 * count, transposed=True),
        _side_by_side(ops.reshape(magnitudes, (-1, 2)), 2 * count, transposed=True),
    )


def _cells(maps, size):
    """Returns the blocks of maps, map by map, as `(n * blocks, size * size)`."""
    return ops.reshape(blocks_of(maps, size), (-1, size * size))


def _side_by_side(values, count, *, transposed=False):
    """Returns `(count * blocks, k)` as `(blocks, count * k)`.

    `transposed` says that blocks are ordered column by column.
    """
    side = math.isqrt(values.shape[0] // count)
    values = ops.reshape(values, (count, side, side, values.shape[1]))
    order = (2, 1, 0, 3) if transposed else (1, 2, 0, 3)
    return ops.reshape(ops.transpose(values, order), (side * side, -1))


def _moments(maps, size, dtype):
    """Returns the `aggd.Moments` of the blocks of maps.

    Args:
        maps: `(n, rows * size, columns * size)`.
        size: Side of a block.
        dtype: Dtype of the sums.

    Returns:
        `(5, n * rows * columns)`.
    """
    _, height, width = ops.shape(maps)
    rows, columns = height // size, width // size

    few = math.gcd(size, 4)

    def total(values, axis):
        # Errors of few additions average out over a block, those of a long sum do not.
        few_rows = ops.reshape(values, (-1, few, size // few, width))
        return ops.sum(ops.cast(ops.sum(few_rows, axis=1), dtype), axis)

    # Sums over rows need no copies of the blocks.
    lines = ops.reshape(maps, (-1, size, width))
    sums = [ops.cast(one, dtype) for one in aggd.moments(lines, 1, total)]
    sums = ops.reshape(ops.stack(sums), (5, -1, rows, columns, size))
    return ops.reshape(ops.sum(sums, axis=-1), (5, -1))


def _symmetric(moments, size):
    """Returns shapes and scales `(n, 2)` of blocks by their moments `(5, n)`."""
    fitted = aggd.fit(aggd.Moments(*ops.unstack(moments, 5)), size * size)
    return ops.stack([fitted.alpha, (fitted.left + fitted.right) / 2], axis=1)


def _color(colors, size):
    logarithms = ops.log(colors + 1e-5)
    logarithms = logarithms - ops.mean(logarithms, axis=(1, 2), keepdims=True)
    cells = _cells(_mixed(logarithms, CHROMATIC), size)
    count = cells.shape[1]
    variance = ops.var(cells, axis=1) * (count / (count - 1))
    return ops.stack([ops.mean(cells, axis=1), variance], axis=1)


def _magnitude(across, down):
    return ops.sqrt(across * across + down * down) + EPSILON


def _mixed(planes, matrix):
    flat = ops.reshape(planes, (3, -1))
    mixed = ops.matmul(ops.convert_to_tensor(matrix, planes.dtype), flat)
    return ops.reshape(mixed, planes.shape)


def _halved(planes):
    """Returns every other row and column after a Gaussian filter of 6 x 6 samples."""
    taps = gaussian_taps(6, 0.9)
    for _ in range(2):  # Rows, and then columns, which have become rows.
        rows = halved(replicated(planes, 2, 2, axis=1), taps)
        planes = ops.transpose(rows, (0, 2, 1))
    return planes
