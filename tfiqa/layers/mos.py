"""The last layer of every scorer: from quality to the units of the MOS."""

import warnings

import keras
import numpy as np
from keras import ops

# Smallest side in pixels of images that learned scorers accept. A smaller image shows
# less than a block of a codec, and noise of 2 x 2 pixels scores like a photograph.
# Scorers keep this number in their metadata, as `min_side`.
MIN_SIDE = 16

# Levels differ by at most 255, or by slightly more after resizing.
_MOST_SPREAD = 1e6


@keras.saving.register_keras_serializable(package="tfiqa")
class MOS(keras.layers.Layer):
    """Maps predicted quality to MOS units, and flat images to NaN.

    A flat image shows nothing to judge: in each channel, its largest and its smallest
    value differ by at most one of 255 levels. It never gets a score, so that it cannot
    pass a threshold. Nor does an image with a pixel that is NaN or infinite, even if
    the network does not use that pixel.

    Args:
        scale: Factor from quality to MOS units.
        offset: Added after the multiplication.
        metadata: Facts for users of the scorer, kept in the saved file: `method`,
            `dataset`, `mos_range` (`[worst, best]`), `unit`, `min_side`
            (smallest side of an image in pixels) and `version`, among others.

    Call arguments:
        quality: `(batch, 1)`, higher is better.
        images: `(batch, height, width, 3)` in `[0, 255]`, any numeric dtype.

    Output:
        float32 `(batch, 1)` whatever the dtype policy; higher is better.
    """

    def __init__(self, scale=1.0, offset=0.0, metadata=None, name="mos", **kwargs):
        super().__init__(name=name, **{**kwargs, "dtype": "float32"})
        self.scale = float(scale)
        self.offset = float(offset)
        self.metadata = dict(metadata or {})

        # Exports for other runtimes set it: they document which pixels are valid.
        self.portable = False

    def build(self, quality_shape, images_shape):
        pass

    def call(self, quality, images):
        check_images(images)
        mos = ops.cast(quality, "float32") * self.scale + self.offset
        spread = _spread(images)
        unknown = ops.all(spread <= 1.0, axis=-1, keepdims=True)
        if "float" in keras.backend.standardize_dtype(images.dtype) and (
            not self.portable
        ):
            within = ops.all(spread <= _MOST_SPREAD, axis=-1, keepdims=True)
            # A spread of NaN is not within the limit either.
            unknown = ops.logical_or(unknown, ops.logical_not(within))
        return ops.where(unknown, float("nan"), mos)

    def compute_output_shape(self, quality_shape, images_shape):
        return quality_shape

    def get_config(self):
        return {
            **super().get_config(),
            "scale": self.scale,
            "offset": self.offset,
            "metadata": self.metadata,
        }


def is_flat(images):
    """Returns the mask `(batch, 1)` of images without structure."""
    return ops.all(_spread(images) <= 1.0, axis=-1, keepdims=True)


def _spread(images):
    """Returns the range of the levels of each channel, float32 `(batch, 3)`."""
    # Rows first: their many samples are compared at once, those of one pixel are few.
    highest, lowest = (
        ops.cast(reduce(reduce(images, axis=1), axis=1), "float32")
        for reduce in (ops.max, ops.min)
    )
    return highest - lowest


def check_batch(images):
    """Raises `ValueError` if the size of a batch is known to be 0."""
    if images.shape[0] == 0:
        raise ValueError(
            "At least one image is expected. "
            f"Received: an empty batch of the shape {tuple(images.shape)}"
        )


def check_channels(images):
    """Raises `ValueError` unless images are `(batch, height, width, 3)`, 1 or more."""
    check_batch(images)
    if len(images.shape) != 4 or images.shape[-1] not in (None, 3):
        raise ValueError(
            "Images of the shape (batch, height, width, 3) are expected. "
            f"Received: images of the shape {tuple(images.shape)}"
        )


def check_images(images):
    """Warns of images in `[0, 1]`, which are flat in `[0, 255]`; refuses NaN.

    Values are not checked while a graph is traced, since they are not known then.

    Raises:
        ValueError: If the shape is not that of images, or a pixel is not finite.
    """
    check_channels(images)
    try:
        pixels = ops.convert_to_numpy(images)
    except Exception:  # Each backend has its own error for missing values.
        return
    if pixels.size == 0 or not np.issubdtype(pixels.dtype, np.floating):
        return
    if not np.isfinite(pixels).all():
        raise ValueError(
            "Images in [0, 255] are expected. Received: pixels that are NaN or infinite"
        )
    if pixels.min() >= 0.0 and 0.0 < pixels.max() <= 1.0 and np.any(pixels % 1.0):
        warnings.warn(
            "Images in [0, 255] are expected. Received: values from "
            f"{pixels.min():.3g} to {pixels.max():.3g}, as of images in [0, 1]",
            stacklevel=2,
        )
