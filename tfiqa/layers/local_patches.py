"""Small gray patches, normalized and whitened, for methods that encode by words."""

import math

import keras
import numpy as np
from keras import ops

from tfiqa.layers.gray_levels import gray_levels
from tfiqa.layers.mos import check_channels

SIDE = 7
PIXELS = SIDE * SIDE
# Added to the variance of a patch.
CONSTANT = 10.0
PLACES = ("spread", "grid")


@keras.saving.register_keras_serializable(package="tfiqa")
class LocalPatches(keras.layers.Layer):
    """Extracts patches of 7 x 7 gray levels, normalized and whitened.

    A patch `p` becomes `(p - mean(p)) / sqrt(var(p) + 10)`; then the mean over patches
    is subtracted, and the result is multiplied by a matrix. Both are weights: `center`
    `(49,)` and `whitening` `(49, 49)`. Pixels are in column-major order, as in MATLAB.

    Args:
        count: Approximate number of patches; an image with fewer returns all of them.
        places: `"spread"` takes exactly `count` of all overlapping patches, evenly
            spaced in the order of their pixels; the authors of CORNIA draw them at
            random, which makes scores random too. `"grid"` takes those on a grid of
            integer steps, as HOSA does: up to four times `count`.

    Call arguments:
        images: `(batch, height, width, 3)`, RGB in `[0, 255]`, any numeric dtype;
            rounded to integer levels. Sides of 7 pixels or more.

    Output:
        `(batch, patches, 49)` in the compute dtype. The number of patches, and so the
        memory, does not grow with the image.
    """

    differentiable = False  # Levels are rounded.

    def __init__(self, count=10_000, places="spread", **kwargs):
        super().__init__(autocast=False, **kwargs)
        if count < 1 or places not in PLACES:
            raise ValueError(
                f"`count` must be at least 1 and `places` one of {', '.join(PLACES)}. "
                f"Received: count={count}, places={places!r}"
            )
        self.count = count
        self.places = places

    def build(self, images_shape):
        self.center, self.whitening = (
            self.add_weight(
                name=name,
                shape=shape,
                initializer=initializer,
                trainable=False,
                autocast=False,
            )
            for name, shape, initializer in (
                ("center", (PIXELS,), "zeros"),
                ("whitening", (PIXELS, PIXELS), keras.initializers.Identity()),
            )
        )

    def call(self, images):
        check_channels(images)
        patches = self.normalized(images) - ops.cast(self.center, self.compute_dtype)
        return ops.matmul(patches, ops.cast(self.whitening, self.compute_dtype))

    def normalized(self, images):
        """Returns the patches before whitening, `(batch, patches, 49)`."""
        batch, height, width, _ = ops.shape(images)
        pixels = ops.reshape(images, (batch, height * width, 3))
        corners = self._corners(height, width)
        inside = np.arange(SIDE)
        across, down = np.repeat(inside, SIDE), np.tile(inside, SIDE)
        indices = corners[:, None] + ops.convert_to_tensor(down, "int32") * width
        indices = indices + ops.convert_to_tensor(across, "int32")
        picked = ops.take(pixels, ops.reshape(indices, (-1,)), axis=1)
        gray = gray_levels(picked, self.compute_dtype)
        gray = ops.reshape(gray, (batch, -1, PIXELS))
        gray = gray - ops.mean(gray, axis=2, keepdims=True)
        variance = ops.sum(gray * gray, axis=2, keepdims=True) / (PIXELS - 1)
        return gray / ops.sqrt(variance + CONSTANT)

    def _corners(self, height, width):
        """Returns the first pixel of each patch, int32 `(patches,)`."""
        rows, columns = height - SIDE + 1, width - SIDE + 1
        if self.places == "spread":
            chosen = _spread(rows * columns, self.count)
            return (chosen // columns) * width + chosen % columns
        step = self._step(height, width)
        tops = ops.arange(0, rows, step, dtype="int32")
        lefts = ops.arange(0, columns, step, dtype="int32")
        return ops.reshape(tops[:, None] * width + lefts, (-1,))

    def _step(self, height, width):
        """Returns the integer square root of the pixels for each patch, 1 or more."""
        share = height * width // self.count
        if isinstance(share, int):
            return max(math.isqrt(share), 1)
        root = ops.cast(ops.sqrt(ops.cast(share, "float32")), "int32")
        # Off by one at most, in single precision.
        root = root + ops.cast((root + 1) * (root + 1) <= share, "int32")
        root = root - ops.cast(root * root > share, "int32")
        return ops.maximum(root, 1)

    def compute_output_shape(self, images_shape):
        return (images_shape[0], None, PIXELS)

    def get_config(self):
        return {**super().get_config(), "count": self.count, "places": self.places}


def _spread(total, count):
    """Returns up to `count` of `total` numbers, evenly spaced, int32, rising.

    Number `k` is `floor((k + 1/2) total / count)`, in integers that do not overflow.
    """
    number = min(total, count) if isinstance(total, int) else ops.minimum(total, count)
    steps = ops.arange(number, dtype="int32")
    rest = total % number
    return steps * (total // number) + (total + 2 * steps * rest) // (2 * number)
