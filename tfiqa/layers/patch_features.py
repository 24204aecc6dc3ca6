"""A network applied to overlapping patches of an image, keeping their positions."""

import keras
from keras import ops

from tfiqa.layers import patches
from tfiqa.layers.mos import check_batch
from tfiqa.layers.patches import at_least
from tfiqa.layers.window_map import WindowMap


@keras.saving.register_keras_serializable(package="tfiqa")
class PatchFeatures(keras.layers.Layer):
    """Computes the features of a network for every patch of a regular grid.

    Patches lie inside the image; a remainder at the right and bottom is not covered.
    Patches are processed row by row, so that memory, apart from the features, grows
    only with the width of the image. The gradient computes each row again.

    Args:
        network: `keras.Model` from float32 `(patches, size, size, 3)` in `[0, 255]` to
            `(patches, d)`.
        size: Side of a patch in pixels. Smaller images are extended by reflection.
        stride: Distance of neighboring patches in pixels, along both sides.

    Attributes:
        at_once: Whether all rows are processed together, without a loop, which takes
            memory for all patches. Can be changed at any time; not saved.
        unrolled: Whether rows are processed by operators that other runtimes have;
            the gradient keeps all of them. Can be changed at any time; not saved.

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
        self.unrolled = False
        self._rows = WindowMap()

    def build(self, images_shape):
        pass  # The network comes built.

    def call(self, images):
        check_batch(images)
        rows, _ = self._grid_of(images)
        single = isinstance(rows, int) and rows == 1
        if self.at_once or single:  # A loop is slow to trace.
            return self._described(images, ops.arange(rows, dtype="int32"))
        if self.unrolled:
            return self._summed(images)
        every = self._rows(
            lambda images, row: self._described(images, ops.reshape(row, (1,))),
            images,
            lambda images: self._grid_of(images)[0],
            (),
            self.non_trainable_variables,
        )
        return ops.transpose(every[:, :, 0], (1, 0, 2, 3))

    def _summed(self, images):
        """Returns the features of all rows as a sum over the rows.

        LiteRT has no operator that writes a row into a tensor.
        """
        rows, columns = self._grid_of(images)

        def add_row(row, features):
            values = self._described(images, ops.reshape(row, (1,)))
            here = ops.cast(ops.equal(ops.arange(rows), row), "float32")
            return features + ops.reshape(here, (1, rows, 1, 1)) * values

        shape = (ops.shape(images)[0], rows, columns, self.network.output_shape[-1])
        return ops.fori_loop(0, rows, add_row, ops.zeros(shape, "float32"))

    def _described(self, images, rows):
        """Returns the features of some rows of patches, by their numbers."""
        batch = ops.shape(images)[0]
        _, columns = self._grid_of(images)
        tops = self.stride * ops.cast(rows, "int32")
        lefts = self.stride * ops.arange(columns, dtype="int32")
        crops = self._cut(images, tops, lefts)
        values = self.network(ops.cast(crops, "float32"), training=False)
        shape = (batch, ops.shape(rows)[0], columns, values.shape[-1])
        return ops.reshape(ops.cast(values, "float32"), shape)

    def _cut(self, images, tops, lefts):
        """Returns the patches at every pair of `tops` and `lefts`; see `crop_grid`."""
        return patches.crop_grid(images, tops, lefts, self.size)

    def _grid_of(self, images):
        """Returns the numbers of rows and columns, integers or tensors."""
        _, height, width, _ = ops.shape(images)
        return self._count(height), self._count(width)

    def _count(self, length):
        """Returns the number of patches along a side, an integer or a tensor."""
        return at_least(length - self.size, 0) // self.stride + 1

    def compute_output_shape(self, images_shape):
        batch, height, width, _ = images_shape
        sides = (side and self._count(side) for side in (height, width))
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
