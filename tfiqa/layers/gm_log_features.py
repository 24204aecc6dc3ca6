"""The 40 features of GM-LOG: joint statistics of gradients and of a Laplacian."""

import functools

import keras
import numpy as np
from keras import ops

from tfiqa.layers.correlation import gaussian_taps
from tfiqa.layers.gray_levels import gray_levels
from tfiqa.layers.mos import check_channels

# Number of rows processed at once.
STRIP = 128
# Rows above and below a strip that its filters need: 2 for the first, 3 for the second.
REACH = 5
LEVELS = 10
STEP = 0.2
# Width of the edge between two levels, in levels. Within it a pixel counts in part for
# both. At a sharp edge, rounding moves entire pixels, by which a score changes visibly.
EDGE = 2e-3
BORDER = 2  # Border pixels, which are not counted.


@keras.saving.register_keras_serializable(package="tfiqa")
class GMLOGFeatures(keras.layers.Layer):
    """Computes the 40 features of GM-LOG (Xue et al., TIP 2014).

    Gradient magnitude and Laplacian of Gaussian, normalized together by their local
    energy, are divided into ten levels each. The features are both histograms, and how
    much each level of one depends on the levels of the other. An image is processed
    strip by strip, so that memory beyond the image itself grows only with its width.

    Attributes:
        portable: Whether to loop with operators that LiteRT has. Can be changed at any
            time; not saved.

    Call arguments:
        images: `(batch, height, width, 3)`, RGB in `[0, 255]`, any numeric dtype;
            rounded to integer levels. Sides of 5 pixels or more.

    Output:
        `(batch, 40)` in the compute dtype; NaN for images with a NaN.
    """

    differentiable = False  # Levels are counted.

    def __init__(self, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.portable = False

    def call(self, images):
        check_channels(images)
        batch, height, width, _ = ops.shape(images)
        lines = ops.reshape(images, (batch * height, width, 3))
        strips = (height + STRIP - 1) // STRIP

        def strip(number):
            image, top = number // strips, (number % strips) * STRIP
            rows = top + ops.arange(-REACH, STRIP + REACH, dtype="int32")
            inside = ops.logical_and(rows >= 0, rows < height)
            picked = image * height + ops.clip(rows, 0, height - 1)
            gray = self._gray(ops.take(lines, picked, axis=0))
            own = rows[REACH:-REACH]
            counted = ops.logical_and(own >= BORDER, own < height - BORDER)
            return self._histogram(gray, inside[:, None], counted)

        def add(number, known):
            # A sum, since LiteRT has no operator that writes into a tensor.
            here = ops.cast(ops.equal(ops.arange(batch), number // strips), known.dtype)
            return known + here[:, None, None] * strip(number)

        if self.portable:
            start = ops.zeros((batch, LEVELS, LEVELS), self.compute_dtype)
            above = ops.fori_loop(0, batch * strips, add, start)
        else:
            above = ops.map(strip, ops.arange(batch * strips, dtype="int32"))
            above = ops.reshape(above, (batch, -1, LEVELS, LEVELS))
            above = ops.sum(above, axis=1)
        features = _features(_shares(above))
        if not keras.backend.is_float_dtype(images.dtype):
            return features
        broken = ops.any(ops.isnan(images), axis=(1, 2, 3))[:, None]
        return ops.where(broken, float("nan"), features)

    def _gray(self, pixels):
        gray = gray_levels(pixels, self.compute_dtype)
        # An image with a NaN gives NaN in the end; negative levels cannot be counted.
        return ops.where(ops.isnan(gray), 0.0, gray)

    def _histogram(self, gray, inside, counted):
        """Returns how often pairs of edges are exceeded in a strip, `(10, 10)`.

        Args:
            gray: `(STRIP + 2 * REACH, width)`.
            inside: Which of these rows are inside the image; others count as 0.
            counted: Which rows of the strip are counted, `(STRIP,)`.
        """
        gray = ops.pad(ops.where(inside, gray, 0.0), [[0, 0], [2, 2]])
        maps = self._filtered(gray, _contrast_kernels())
        maps = ops.abs(maps[..., :3] + maps[..., 3:])
        gradient = ops.sqrt(ops.sum(maps[..., :2] ** 2, axis=-1)) / 2.5
        laplacian = maps[..., 2]
        energy = ops.where(inside[2:-2], (gradient**2 + laplacian**2) / 2, 0.0)
        energy = ops.pad(energy, [[0, 0], [3, 3]])
        energy = self._filtered(energy, _energy_kernel())[..., 0]
        normalizer = ops.sqrt(ops.maximum(energy, 0.0)) + 0.2
        counted = ops.cast(counted, self.compute_dtype)[:, None]
        counted = ops.broadcast_to(counted, ops.shape(normalizer))
        counted, gradient, laplacian = (
            ops.reshape(plane[:, BORDER:-BORDER], (1, -1))
            for plane in (
                counted,
                gradient[3:-3] / normalizer,
                laplacian[3:-3] / normalizer,
            )
        )
        first = self._above(ops.where(counted > 0, gradient, 0.0), counted)
        second = self._above(laplacian, ops.ones_like(laplacian))
        return ops.matmul(first, ops.transpose(second))

    def _above(self, ratios, counted):
        """Returns to what extent ratios are above the lower edge of each level.

        Args:
            ratios: `(1, n)`, not negative.
            counted: `(1, n)`, the result for the lowest level, which has no edge.

        Returns:
            `(10, n)`: 0 below an edge, 1 above it.
        """
        edges = ops.arange(1, LEVELS, dtype=self.compute_dtype)[:, None]
        steps = ratios / (STEP * EDGE) - (edges / EDGE - 0.5)
        return ops.concatenate([counted, ops.clip(steps, 0.0, 1.0)], axis=0)

    def _filtered(self, plane, kernels):
        """Returns correlations where the kernels fit, `(rows, columns, kernels)`."""
        kernels = ops.convert_to_tensor(kernels, self.compute_dtype)
        return ops.conv(plane[None, :, :, None], kernels, data_format="channels_last")[
            0
        ]

    def compute_output_shape(self, images_shape):
        return (images_shape[0], 4 * LEVELS)


def _shares(above):
    """Returns joint histograms `(batch, 10, 10)` that sum to 1.

    Args:
        above: How often pairs of edges are exceeded, `(batch, 10, 10)`; the first edge
            of each is exceeded by all pixels.
    """
    rows = above - ops.pad(above[:, 1:], [[0, 0], [0, 1], [0, 0]])
    joint = rows - ops.pad(rows[:, :, 1:], [[0, 0], [0, 0], [0, 1]])
    return joint / above[:, :1, :1]


def _features(joint):
    """Returns histograms and dependencies from joint histograms `(batch, 10, 10)`."""
    gradient, laplacian = ops.sum(joint, axis=2), ops.sum(joint, axis=1)
    on_laplacian = ops.sum(joint / (laplacian[:, None] + 1e-4), axis=2)
    on_gradient = ops.sum(joint / (gradient[:, :, None] + 1e-4), axis=1)
    dependencies = [
        q / ops.sum(q, axis=1, keepdims=True) for q in (on_laplacian, on_gradient)
    ]
    return ops.concatenate([gradient, laplacian, *dependencies], axis=1)


@functools.cache
def _contrast_kernels() -> np.ndarray:
    """Returns the filters of both derivatives and of the Laplacian, `(5, 5, 1, 6)`.

    Each is divided into multiples of 2^-15, whose sums with levels of 8 bits are exact
    in single precision in any order, and small rests. Otherwise, the rounding of faint
    contrasts in bright areas would depend on the backend.
    """
    taps = gaussian_taps(7, 0.5)
    bell = taps[:, None] * taps
    across = bell[1:6, 1:6] - bell[1:6, 2:7]
    steps = np.arange(5) - 2
    squares = steps[:, None] ** 2 + steps**2
    taps = gaussian_taps(5, 0.5)
    laplacian = taps[:, None] * taps * (squares - 0.5) / 0.5**4
    laplacian -= laplacian.mean()
    kernels = [k / np.abs(k).sum() for k in (across, across.T, laplacian)]
    exact = np.stack(kernels, axis=-1)[:, :, None]
    coarse = np.floor(exact * 2**15) / 2**15
    return np.concatenate([coarse, exact - coarse], axis=-1)


@functools.cache
def _energy_kernel() -> np.ndarray:
    taps = gaussian_taps(7, 1.0)
    return (taps[:, None] * taps)[:, :, None, None]
