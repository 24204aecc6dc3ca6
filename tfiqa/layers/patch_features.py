"""A network applied to overlapping patches of an image, keeping their positions."""

import keras
from keras import ops

from tfiqa.layers import patches
from tfiqa.layers.mos import check_batch


@keras.saving.register_keras_serializable(package="tfiqa")
class PatchFeatures(keras.layers.Layer):
    """Computes the features of a network for every patch of a regular grid.

    Patches lie inside the image; a remainder at the right and bottom is not covered.
    Patches are processed row by row, so that memory, apart from the features, grows
    only with the width of the image.

    Args:
        network: `keras.Model` from float32 `(patches, size, size, 3)` in `[0, 255]` to
            `(patches, d)`.
        size: Side of a patch in pixels. Smaller images are extended by reflection.
        stride: Distance of neighboring patches in pixels, along both sides.

    Attributes:
        at_once: Whether all rows are processed together, without a loop, which takes
            memory for all patches. Can be changed at any time; not saved.

    Call arguments:
        images: `(batch, height, width, 3)` in `[0, 255]`, any size. Integers stay
            integers until the patches are cut.

    Output:
        float32 `(batch, rows, columns, d)` with
        `rows = floor((height - size) / stride) + 1`, 1 or more, and likewise columns.
    """

    def __init__(self, network, size=96, stride=48, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        if size < 1 or stride < 1:
            raise ValueError(
                "`size` and `stride` must be at least 1. "
                f"Received: size={size}, stride={stride}"
            )
        self.network = network
        self.size = size
        self.stride = stride
        self.at_once = False

    def build(self, images_shape):
        pass  # The network comes built.

    def call(self, images):
        check_batch(images)
        batch, height, width, _ = ops.shape(images)
        rows, columns = self._count(height), self._count(width)
        lefts = self.stride * ops.arange(columns, dtype="int32")
        length = self.network.output_shape[-1]

        def described(tops, count):
            crops = patches.crop_grid(images, tops, lefts, self.size)
            values = self.network(ops.cast(crops, "float32"), training=False)
            values = ops.cast(values, "float32")
            return ops.reshape(values, (batch, count, columns, length))

        if self.at_once:
            return described(self.stride * ops.arange(rows, dtype="int32"), rows)

        def add_row(row, features):
            top = ops.reshape(self.stride * ops.cast(row, "int32"), (1,))
            values = described(top, 1)
            # A sum, since LiteRT has no operator that writes into a tensor.
            here = ops.cast(ops.equal(ops.arange(rows), row), "float32")
            return features + ops.reshape(here, (1, rows, 1, 1)) * values

        start = ops.zeros((batch, rows, columns, length), "float32")
        return ops.fori_loop(0, rows, add_row, start)

    def _count(self, length):
        return patches.at_least(length - self.size, 0) // self.stride + 1

    def compute_output_shape(self, images_shape):
        batch, height, width, _ = images_shape
        sides = (
            None if side is None else max(side - self.size, 0) // self.stride + 1
            for side in (height, width)
        )
        return (batch, *sides, self.network.output_shape[-1])

    def get_config(self):
        return {
            **super().get_config(),
            "network": keras.saving.serialize_keras_object(self.network),
            "size": self.size,
            "stride": self.stride,
        }

    @classmethod
    def from_config(cls, config):
        network = keras.saving.deserialize_keras_object(config["network"])
        return cls(**{**config, "network": network})
