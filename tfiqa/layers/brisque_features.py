"""The 36 features of BRISQUE: natural scene statistics of an entire image."""

import dataclasses
from typing import Any

import keras
import numpy as np
from keras import ops

from tfiqa.layers import aggd
from tfiqa.layers.luminance_strips import half_scale
from tfiqa.layers.luminance_strips import normalized_rows
from tfiqa.layers.luminance_strips import opencv_normalized_rows
from tfiqa.layers.mapped import mapped
from tfiqa.layers.mos import check_channels
from tfiqa.layers.natural_statistics import neighbor_moments
from tfiqa.layers.niqe_features import HALVING
from tfiqa.layers.precision import check_precision
from tfiqa.pixels import luma
from tfiqa.pixels.reflection import mirrored

# Number of rows processed at once, even.
STRIP = 96
# Rows above and below a strip that its halved strip, with its window, needs.
ABOVE, BELOW = 11, 9


@dataclasses.dataclass(frozen=True)
class Variant:
    """Details of a release's computation of the features.

    Attributes:
        gray: Weights of red, green and blue; gray levels are rounded.
        unit: Factor of the gray levels.
        constant: Added to the local deviation, in that unit.
        halving: Taps of the half-scale filter, applied along rows and columns.
        opencv: Whether to follow OpenCV: images are extended by their border instead of
            zeros, products of neighbors end there instead of wrapping around, the first
            two features come from an asymmetric distribution too, and numbers are in
            single precision.
    """

    gray: tuple[float, float, float]
    unit: float
    constant: float
    halving: tuple[float, ...]
    opencv: bool


BRISQUE_VARIANTS = {
    "ut": Variant(luma.MATLAB, 1.0, 1.0, tuple(HALVING), opencv=False),
    "opencv": Variant(
        gray=(9798 / 32768, 19235 / 32768, 3735 / 32768),
        unit=1 / 255,
        constant=1 / 255,
        halving=(-3 / 32, 19 / 32, 19 / 32, -3 / 32),
        opencv=True,
    ),
}


@keras.saving.register_keras_serializable(package="tfiqa")
class BRISQUEFeatures(keras.layers.Layer):
    """Computes the 36 features of BRISQUE (Mittal et al., TIP 2012).

    The luminance of an image, normalized by its local mean and deviation, follows a
    generalized Gaussian; the products of neighbors follow asymmetric ones. Their
    parameters at full and at half scale are the features. An image is processed strip
    by strip, so that memory beyond the image itself grows only with its width.

    Args:
        variant: `"ut"` for the authors' release, `"opencv"` for OpenCV's module. A
            regression fits only the features that it was trained on.
        exact_zeros: Whether normalized values that can only be rounding errors become
            0. The published models were made without, and their scores of images with
            flat areas depend on the order of additions.

    Call arguments:
        images: `(batch, height, width, 3)`, RGB in `[0, 255]`, any size and numeric
            dtype; rounded to integer levels.

    Output:
        `(batch, 36)` in the compute dtype, float64 by default. For each of two scales:
        shape and variance of the normalized luminance, then shape, mean, left and
        right variance of the products with the left, upper, upper left and upper
        right neighbors. Images without structure, and those with a NaN, give NaN.
    """

    differentiable = False  # Levels are rounded, and shapes looked up in a grid.

    def __init__(self, variant="ut", exact_zeros=False, dtype="float64", **kwargs):
        super().__init__(dtype=dtype, autocast=False, **kwargs)
        if variant not in BRISQUE_VARIANTS:
            raise ValueError(
                f"`variant` must be one of {', '.join(BRISQUE_VARIANTS)}. "
                f"Received: variant={variant!r}"
            )
        check_precision(self.compute_dtype)
        self.variant = variant
        self.exact_zeros = exact_zeros

    def call(self, images):
        check_channels(images)
        batch, height, width, _ = ops.shape(images)
        lines = ops.reshape(images, (batch * height, width, 3))
        strips = (height + STRIP - 1) // STRIP
        last = height - 1
        circular = not BRISQUE_VARIANTS[self.variant].opencv

        def last_rows(image):
            even = last - last % 2
            fine, coarse = self._rows(lines, image, even, 2, height)
            return fine[1 + last % 2], coarse[1]

        def strip(number):
            image, part = number // strips, number % strips
            scales = self._rows(lines, image, part * STRIP, STRIP, height)
            above = [rows[0] for rows in scales]
            if circular:
                above = [
                    ops.where(ops.equal(part, 0), ops.take(end, image, axis=0), row)
                    for row, end in zip(above, ends, strict=True)
                ]
            return ops.stack(
                [
                    _moments(row, rows[1:], circular=circular)
                    for row, rows in zip(above, scales, strict=True)
                ]
            )

        ends = ()
        if circular:
            both = (self.compute_dtype, self.compute_dtype)
            ends = mapped(last_rows, ops.arange(batch, dtype="int32"), both)
        numbers = ops.arange(batch * strips, dtype="int32")
        sums = mapped(strip, numbers, self.compute_dtype)
        sums = ops.sum(ops.reshape(sums, (batch, strips, 2, 5, 5)), axis=1)
        counts = height * width, ((height + 1) // 2) * ((width + 1) // 2)
        scales = [self._features(sums[:, i], count) for i, count in enumerate(counts)]
        return ops.concatenate(scales, axis=1)

    def _rows(self, lines, image, top, count, height):
        """Returns normalized rows at full and at half scale, each after the row above.

        Args:
            lines: `(batch * height, width, 3)`, all images below one another.
            image: Number of the image.
            top: First row, even.
            count: Rows at full scale, even.
            height: Rows of the image; what lies beyond is 0 in the result.

        Returns:
            `(count + 1, width)` and `(count // 2 + 1, (width + 1) // 2)`.
        """
        rows = top + ops.arange(-ABOVE, count + BELOW, dtype="int32")
        pixels = ops.take(lines, image * height + mirrored(rows, height, ops), axis=0)
        variant = BRISQUE_VARIANTS[self.variant]
        gray: Any = 0.5  # Rounds.
        for weight, channel in zip(
            variant.gray, ops.unstack(pixels, 3, -1), strict=True
        ):
            gray = gray + ops.cast(ops.round(channel), self.compute_dtype) * weight
        # JAX would go on in single precision.
        gray = ops.cast(ops.floor(gray), self.compute_dtype)
        if variant.opencv:
            gray = ops.cast(gray, "float32") * np.float32(variant.unit)
            gray = ops.cast(gray, self.compute_dtype)
        fine = gray[ABOVE - 4 : ABOVE + count + 3]
        coarse = half_scale(gray, np.array(variant.halving))
        return (
            self._normalized(fine, top - 4, height),
            self._normalized(coarse, top // 2 - 4, (height + 1) // 2),
        )

    def _normalized(self, gray, top, height):
        variant = BRISQUE_VARIANTS[self.variant]
        if variant.opencv:
            return opencv_normalized_rows(gray, top, height, constant=variant.constant)
        return normalized_rows(gray, top, height, exact_zeros=self.exact_zeros)

    def _features(self, sums, count):
        """Returns the 18 features of one scale, `(batch, 18)`.

        Args:
            sums: `(batch, 5 samples, 5 moments)`.
            count: Number of pixels at this scale.
        """
        count = ops.cast(count, self.compute_dtype)
        moments = aggd.Moments(*ops.unstack(sums, 5, axis=2))
        fitted = aggd.fit(moments, count)
        left, right = aggd.deviations(moments)
        alpha = fitted.alpha
        if BRISQUE_VARIANTS[self.variant].opencv:
            alpha = _single_steps(alpha)
        each = [alpha, fitted.mean, left * left, right * right]
        products = ops.stack([part[:, 1:] for part in each], axis=2)
        if BRISQUE_VARIANTS[self.variant].opencv:
            first = [alpha[:, :1], (each[2] + each[3])[:, :1] / 2]
        else:
            own = aggd.Moments(*(part[:, :1] for part in moments))
            first = [aggd.symmetric_shape(own, count), own.square / count]
        return ops.concatenate([*first, ops.reshape(products, (-1, 16))], axis=1)

    def compute_output_shape(self, images_shape):
        return (images_shape[0], 36)

    def get_config(self):
        return {
            **super().get_config(),
            "variant": self.variant,
            "exact_zeros": self.exact_zeros,
        }


def _moments(above, rows, *, circular):
    """Returns the moments of rows and of their products with neighbors, `(5, 5)`."""
    rows_above = ops.concatenate([above[None], rows], axis=0)
    sides = [rows_above[:, -1:], rows_above[:, :1]]
    if not circular:
        sides = [ops.zeros_like(side) for side in sides]
    around = ops.concatenate([sides[0], rows_above, sides[1]], axis=1)
    own = ops.pad(rows, [[1, 0], [1, 1]])
    return ops.stack(neighbor_moments(own[None], around[None]), axis=2)[0]


def _single_steps(shapes):
    """Returns shapes as accumulated in steps of 0.001 in single precision."""
    steps = np.full(9801, 0.001, np.float32)
    steps[0] = 0.2
    grid = np.cumsum(steps, dtype=np.float32)
    index = ops.cast(ops.round((shapes - 0.2) * 1000.0), "int32")
    return ops.take(ops.convert_to_tensor(grid, shapes.dtype), index)
