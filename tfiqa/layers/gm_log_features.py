"""The 40 features of GM-LOG: joint statistics of gradients and of a Laplacian."""

import functools

import keras
import numpy as np
from keras import ops

from tfiqa.layers.correlation import gaussian_taps
from tfiqa.layers.mos import check_channels
from tfiqa.pixels import luma

# Number of rows processed at once.
STRIP = 128
# Rows above and below a strip that its filters need: 2 for the first, 3 for the second.
REACH = 5
LEVELS = 10
STEP = 0.2
BORDER = 2  # Border pixels, which are not counted.


@keras.saving.register_keras_serializable(package="tfiqa")
class GMLOGFeatures(keras.layers.Layer):
    """Computes the 40 features of GM-LOG (Xue et al., TIP 2014).

    Gradient magnitude and Laplacian of Gaussian, normalized together by their local
    energy, are divided into ten levels each. The features are both histograms, and how
    much each level of one depends on the levels of the other. An image is processed
    strip by strip, so that memory beyond the image itself grows only with its width.

    Attributes:
        portable: Whether to loop and to count with operators that LiteRT has. Can be
            changed at any time; not saved.

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
            return known + here[:, None] * strip(number)

        if self.portable:
            start = ops.zeros((batch, LEVELS * LEVELS), self.compute_dtype)
            counts = ops.fori_loop(0, batch * strips, add, start)
        else:
            counts = ops.map(strip, ops.arange(batch * strips, dtype="int32"))
        counts = ops.reshape(counts, (batch, -1, LEVELS, LEVELS))
        joint = ops.sum(counts, axis=1)
        features = _features(joint / ops.sum(joint, axis=(1, 2), keepdims=True))
        if not keras.backend.is_float_dtype(images.dtype):
            return features
        broken = ops.any(ops.isnan(images), axis=(1, 2, 3))[:, None]
        return ops.where(broken, float("nan"), features)

    def _gray(self, pixels):
        levels = ops.cast(ops.round(pixels), self.compute_dtype)
        weights = ops.convert_to_tensor(luma.MATLAB, self.compute_dtype)
        gray = ops.floor(ops.matmul(levels, weights[:, None])[..., 0] + 0.5)
        # An image with a NaN gives NaN in the end; negative levels cannot be counted.
        return ops.where(ops.isnan(gray), 0.0, gray)

    def _histogram(self, gray, inside, counted):
        """Returns how often pairs of levels occur in a strip, `(100,)`.

        Args:
            gray: `(STRIP + 2 * REACH, width)`.
            inside: Which of these rows are inside the image; others count as 0.
            counted: Which rows of the strip are counted, `(STRIP,)`.
        """
        gray = ops.pad(ops.where(inside, gray, 0.0), [[0, 0], [2, 2]])
        maps = ops.abs(self._filtered(gray, _contrast_kernels()))
        gradient = ops.sqrt(ops.sum(maps[..., :2] ** 2, axis=-1)) / 2.5
        laplacian = maps[..., 2]
        energy = ops.where(inside[2:-2], (gradient**2 + laplacian**2) / 2, 0.0)
        energy = ops.pad(energy, [[0, 0], [3, 3]])
        energy = self._filtered(energy, _energy_kernel())[..., 0]
        normalizer = ops.sqrt(ops.maximum(energy, 0.0)) + 0.2
        first, second = (
            ops.clip(ops.ceil(m[3:-3] / normalizer / STEP), 1, LEVELS) - 1
            for m in (gradient, laplacian)
        )
        weights = ops.cast(counted, self.compute_dtype)[:, None]
        weights = ops.broadcast_to(weights, ops.shape(first))
        # JAX cannot count within a loop.
        as_products = self.portable or keras.backend.backend() == "jax"
        count = self._counted_by_products if as_products else self._counted
        return count(
            *(
                ops.reshape(part[:, BORDER:-BORDER], (-1,))
                for part in (first, second, weights)
            )
        )

    def _counted(self, first, second, weights):
        """Returns the sums of weights for each pair of levels, `(100,)`."""
        pairs = ops.cast(first * LEVELS + second, "int32")
        # The index of a NaN is arbitrary; such an image has no score, see `MOS`.
        pairs = ops.clip(pairs, 0, LEVELS * LEVELS - 1)
        return ops.bincount(pairs, weights=weights, minlength=LEVELS * LEVELS)

    def _counted_by_products(self, first, second, weights):
        """Returns the result of `_counted`, by a product of matrices of 0 and 1."""
        levels = ops.arange(LEVELS, dtype=self.compute_dtype)
        rows, columns = (
            ops.cast(ops.equal(part[:, None], levels), self.compute_dtype)
            for part in (first, second)
        )
        counts = ops.matmul(ops.transpose(rows * weights[:, None]), columns)
        return ops.reshape(counts, (-1,))

    def _filtered(self, plane, kernels):
        """Returns correlations where the kernels fit, `(rows, columns, kernels)`."""
        kernels = ops.convert_to_tensor(kernels, self.compute_dtype)
        return ops.conv(plane[None, :, :, None], kernels, data_format="channels_last")[
            0
        ]

    def compute_output_shape(self, images_shape):
        return (images_shape[0], 4 * LEVELS)


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
    """Returns the filters of both derivatives and of the Laplacian, `(5, 5, 1, 3)`."""
    taps = gaussian_taps(7, 0.5)
    bell = taps[:, None] * taps
    across = bell[1:6, 1:6] - bell[1:6, 2:7]
    steps = np.arange(5) - 2
    squares = steps[:, None] ** 2 + steps**2
    taps = gaussian_taps(5, 0.5)
    laplacian = taps[:, None] * taps * (squares - 0.5) / 0.5**4
    laplacian -= laplacian.mean()
    kernels = [k / np.abs(k).sum() for k in (across, across.T, laplacian)]
    return np.stack(kernels, axis=-1)[:, :, None]


@functools.cache
def _energy_kernel() -> np.ndarray:
    taps = gaussian_taps(7, 1.0)
    return (taps[:, None] * taps)[:, :, None, None]
