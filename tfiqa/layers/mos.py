"""The last layer of every scorer: quality to the units of the MOS."""

import warnings

import keras
import numpy as np
from keras import ops

# Smallest side, in pixels, of pictures that learned scorers judge: there is less in a
# smaller one than in the blocks of a codec, and noise of 2 x 2 pixels scores like a
# photograph. Scorers keep it in their metadata, as `min_side`.
MIN_SIDE = 16

# Levels differ by 255 at most, or by somewhat more where they were resized.
_MOST_SPREAD = 1e6


@keras.saving.register_keras_serializable(package="tfiqa")
class MOS(keras.layers.Layer):
    """Maps predicted quality to MOS units, and flat pictures to NaN.

    A flat picture has nothing in it to judge: in each channel its largest and its
    smallest value differ by at most one of 255 levels. It never gets a score, so
    that it can never pass a gate; nor does one with a pixel that is NaN or infinite,
    whether the network looks at that pixel or not.

    Args:
        scale: Factor from quality to MOS units.
        offset: Added after the factor.
        metadata: What a user of the scorer needs to know, kept in the saved file:
            `method`, `dataset`, `mos_range` (`[worst, best]`), `unit`, `min_side`
            (smallest side of a picture in pixels) and `version`, among others.

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

        # Exports for other runtimes turn it on: they say what their pixels may be.
        self.portable = False

    def build(self, quality_shape, images_shape):
        pass

    def call(self, quality, images):
        check_channels(images)
        _check_values(images)
        mos = ops.cast(quality, "float32") * self.scale + self.offset
        spread = _spread(images)
        unknown = ops.all(spread <= 1.0, axis=-1, keepdims=True)
        if "float" in keras.backend.standardize_dtype(images.dtype) and (
            not self.portable
        ):
            within = ops.all(spread <= _MOST_SPREAD, axis=-1, keepdims=True)
            unknown = ops.logical_or(unknown, ops.logical_not(within))  # Also of NaN.
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
    """Returns the `(batch, 1)` mask of the pictures without any structure."""
    return ops.all(_spread(images) <= 1.0, axis=-1, keepdims=True)


def _spread(images):
    """Returns by how much the levels of each channel differ, float32 `(batch, 3)`."""
    highest = ops.cast(ops.max(images, axis=(1, 2)), "float32")
    lowest = ops.cast(ops.min(images, axis=(1, 2)), "float32")
    return highest - lowest


def check_batch(images):
    """Raises an error if there is no picture in a batch, where its size is known."""
    if images.shape[0] == 0:
        raise ValueError(
            "At least one picture is expected. "
            f"Received: an empty batch of the shape {tuple(images.shape)}"
        )


def check_channels(images):
    """Raises an error unless pictures are `(batch, height, width, 3)`, some of them."""
    check_batch(images)
    if len(images.shape) != 4 or images.shape[-1] not in (None, 3):
        raise ValueError(
            "Pictures of the shape (batch, height, width, 3) are expected. "
            f"Received: images of the shape {tuple(images.shape)}"
        )


def _check_values(images):
    """Warns of pictures in `[0, 1]`, which are flat in `[0, 255]`; refuses NaN.

    While a graph is traced, their values are not known.
    """
    try:
        pixels = ops.convert_to_numpy(images)
    except Exception:  # Each backend says in its own way that there are no values.
        return
    if pixels.size == 0 or not np.issubdtype(pixels.dtype, np.floating):
        return
    if not np.isfinite(pixels).all():
        raise ValueError(
            "Pictures in [0, 255] are expected. Received: pixels that are NaN or "
            "infinite"
        )
    if pixels.min() >= 0.0 and 0.0 < pixels.max() <= 1.0 and np.any(pixels % 1.0):
        warnings.warn(
            "Pictures in [0, 255] are expected. Received: values from "
            f"{pixels.min():.3g} to {pixels.max():.3g}, as of pictures in [0, 1]",
            stacklevel=2,
        )
