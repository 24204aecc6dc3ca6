"""Small gray patches, normalized and whitened, for methods that code them by words."""

import keras
import numpy as np
from keras import ops

from tfiqa.layers.mos import check_channels
from tfiqa.pixels import luma

SIDE = 7
PIXELS = SIDE * SIDE
# Added to the variance of a patch.
CONSTANT = 10.0
PLACES = ("spread", "grid")


@keras.saving.register_keras_serializable(package="tfiqa")
class LocalPatches(keras.layers.Layer):
    """Takes patches of 7 x 7 gray levels, without their mean and contrast, whitened.

    A patch `p` becomes `(p - mean(p)) / sqrt(var(p) + 10)`, of which the mean over
    patches is subtracted and which is multiplied by a matrix. Both are weights:
    `center` `(49,)` and `whitening` `(49, 49)`. Pixels follow column by column, as in
    MATLAB.

    Args:
        count: Number of patches, about; an image with fewer gives all it has.
        places: `"spread"` takes exactly `count` of all overlapping patches, at even
            distances in the order of their pixels; the authors of CORNIA draw them at
            random, so that the score of an image changes with the draw. `"grid"` takes
            those on a grid of whole steps, as HOSA does: up to four times `count`.

    Call arguments:
        images: `(batch, height, width, 3)`, RGB in `[0, 255]`, any numeric dtype;
            rounded to whole levels. Sides of 7 pixels or more.

    Output:
        `(batch, patches, 49)` in the compute dtype. Memory does not grow with images.
    """

    has_slope = False  # Levels are rounded.

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
        places = corners[:, None] + ops.convert_to_tensor(down, "int32") * width
        places = places + ops.convert_to_tensor(across, "int32")
        levels = ops.take(pixels, ops.reshape(places, (-1,)), axis=1)
        levels = ops.cast(ops.round(levels), self.compute_dtype)
        weights = ops.convert_to_tensor(luma.MATLAB, self.compute_dtype)
        gray = ops.floor(ops.matmul(levels, weights[:, None])[..., 0] + 0.5)
        gray = ops.reshape(gray, (batch, -1, PIXELS))
        gray = gray - ops.mean(gray, axis=2, keepdims=True)
        variance = ops.sum(gray * gray, axis=2, keepdims=True) / (PIXELS - 1)
        return gray / ops.sqrt(variance + CONSTANT)

    def _corners(self, height, width):
        """Returns the first pixel of each patch, int32 `(patches,)`."""
        rows, columns = height - SIDE + 1, width - SIDE + 1
        if self.places == "spread":
            total = rows * columns
            number = ops.minimum(total, self.count)
            if isinstance(total, int):
                number = min(total, self.count)
            steps = ops.cast(ops.arange(number, dtype="int32"), "float64")
            ratio = ops.cast(total, "float64") / ops.cast(number, "float64")
            chosen = ops.cast(ops.floor((steps + 0.5) * ratio), "int32")
            return (chosen // columns) * width + chosen % columns
        step = self._step(height, width)
        tops = ops.arange(0, rows, step, dtype="int32")
        lefts = ops.arange(0, columns, step, dtype="int32")
        return ops.reshape(tops[:, None] * width + lefts, (-1,))

    def _step(self, height, width):
        if isinstance(height, int) and isinstance(width, int):
            return max(int((height * width / self.count) ** 0.5), 1)
        ratio = ops.cast(height * width, "float64") / self.count
        return ops.maximum(ops.cast(ops.floor(ops.sqrt(ratio)), "int32"), 1)

    def compute_output_shape(self, images_shape):
        return (images_shape[0], None, PIXELS)

    def get_config(self):
        return {**super().get_config(), "count": self.count, "places": self.places}
