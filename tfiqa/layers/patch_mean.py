"""A network applied to crops of a picture, averaged over the picture."""

import keras
import numpy as np
from keras import ops

from tfiqa.config.coverage import COVERAGES as COVERAGES
from tfiqa.layers import patches
from tfiqa.layers.mos import check_batch


@keras.saving.register_keras_serializable(package="tfiqa")
class PatchMean(keras.layers.Layer):
    """Averages what a network says of square crops over each picture.

    The crops are a fixed function of the size of the picture, so that one picture
    has one result, alone or in any batch.

    Args:
        network: `keras.Model` from float32 `(crops, size, size, 3)` in `[0, 255]`
            to `(crops, d)`.
        size: Side of a crop in pixels. Smaller pictures are continued by reflection.
        grid: Crops along each side where `coverage` is `"grid"`.
        coverage: `"grid"` takes `grid` x `grid` crops from edge to edge; `"full"`
            takes as many as leave no pixel unseen, one row of crops after another,
            so that memory grows with the width of the picture alone.

    Attributes:
        at_once: Whether all rows are looked at together, without a loop, which takes
            memory for all crops. Can be changed at any time; not saved.

    Call arguments:
        images: `(batch, height, width, 3)` in `[0, 255]`, any size. Integers stay
            integers until the crops are cut.

    Output:
        float32 `(batch, d)`.
    """

    def __init__(self, network, size, grid=5, coverage="grid", **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        if size < 1 or grid < 1:
            raise ValueError(
                f"`size` and `grid` must be at least 1. Received: size={size}, "
                f"grid={grid}"
            )
        if coverage not in COVERAGES:
            raise ValueError(
                f"`coverage` must be one of {COVERAGES}. Received: coverage={coverage}"
            )
        self.network = network
        self.size = size
        self.grid = grid
        self.coverage = coverage
        self.at_once = False

    def build(self, images_shape):
        pass  # The network comes built.

    def call(self, images):
        check_batch(images)
        if self.coverage == "grid":
            return self._mean_over_grid(images)
        return self._mean_over_rows(images)

    def _mean_over_grid(self, images):
        _, height, width, _ = ops.shape(images)
        tops = patches.grid_offsets(height, self.size, self.grid)
        lefts = patches.grid_offsets(width, self.size, self.grid)
        return self._mean_over_crops(images, tops, lefts)

    def _mean_over_rows(self, images):
        batch, height, width, _ = ops.shape(images)
        rows = patches.covering_count(height, self.size)
        columns = patches.covering_count(width, self.size)
        tops = patches.grid_offsets(height, self.size, rows)
        lefts = patches.grid_offsets(width, self.size, columns)
        if self.at_once:
            return self._mean_over_crops(images, tops, lefts)

        def add_row(row, total):
            top = ops.expand_dims(ops.take(tops, row), 0)
            return total + self._mean_over_crops(images, top, lefts)

        start = ops.zeros((batch, self.network.output_shape[-1]), "float32")
        total = ops.fori_loop(0, rows, add_row, start)
        return total / ops.cast(rows, "float32")

    def _mean_over_crops(self, images, tops, lefts):
        crops = patches.crop_grid(images, tops, lefts, self.size)
        values = ops.cast(self.network(ops.cast(crops, "float32")), "float32")
        per_picture = (ops.shape(images)[0], -1, values.shape[-1])
        return ops.mean(ops.reshape(values, per_picture), axis=1)

    def covered_share(self, height: int, width: int) -> float:
        """Returns the share of a picture's pixels that lie in at least one crop."""
        return self._covered(height) * self._covered(width)

    def _covered(self, length: int) -> float:
        count = self.grid
        if self.coverage == "full":
            count = patches.covering_count(length, self.size)
        offsets = ops.convert_to_numpy(patches.grid_offsets(length, self.size, count))
        seen = np.zeros(length, bool)
        for offset in offsets:
            seen[offset : offset + self.size] = True
        return float(seen.mean())

    def compute_output_shape(self, images_shape):
        return (images_shape[0], self.network.output_shape[-1])

    def get_config(self):
        return {
            **super().get_config(),
            "network": keras.saving.serialize_keras_object(self.network),
            "size": self.size,
            "grid": self.grid,
            "coverage": self.coverage,
        }

    @classmethod
    def from_config(cls, config):
        network = keras.saving.deserialize_keras_object(config["network"])
        return cls(**{**config, "network": network})
