"""A network applied to crops of an image, averaged over the image."""

import keras
import numpy as np
from keras import ops

from tfiqa.config.coverage import COVERAGES as COVERAGES
from tfiqa.layers import patches
from tfiqa.layers.mos import check_batch
from tfiqa.layers.window_map import WindowMap
from tfiqa.pixels.reflection import reflected

# Pixels that a network processes at once: five crops of 224 x 224 keep all cores busy,
# and need ten times the memory of the network's weights.
WINDOW_PIXELS = 5 * 224 * 224


@keras.saving.register_keras_serializable(package="tfiqa")
class PatchMean(keras.layers.Layer):
    """Averages the outputs of a network over square crops of each image.

    The crops depend only on the size of the image. The network processes them in groups
    of constant size, the last of them padded. The result for an image is therefore the
    same, bit for bit, alone or in any batch, and memory does not grow with the number
    of crops. A gradient computes each group again.

    Args:
        network: `keras.Model` from float32 `(crops, size, size, 3)` in `[0, 255]`
            to `(crops, d)`.
        size: Side of a crop in pixels. Smaller images are extended by reflection.
        grid: Number of crops along each side if `coverage` is `"grid"`.
        coverage: `"grid"` takes `grid` x `grid` crops from edge to edge; `"full"` takes
            the smallest number that covers all pixels.

    Attributes:
        unrolled: Whether crops are processed without these groups, as exports need:
            those of a grid together, those of `"full"` row by row. Can be changed at
            any time; not saved.
        at_once: Whether all rows are then processed together, without a loop, which
            takes memory for all crops. Can be changed at any time; not saved.

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
        self.unrolled = False
        self.at_once = False
        self._windows = WindowMap()

    def build(self, images_shape):
        pass  # The network comes built.

    @property
    def window(self):
        """Number of crops that the network processes at once."""
        return min(max(WINDOW_PIXELS // self.size**2, 1), self.grid**2)

    def call(self, images):
        check_batch(images)
        training = self._training()
        # JAX cannot update the statistics of normalization within a map.
        on_jax = keras.backend.backend() == "jax"
        if self.unrolled or (training and on_jax):
            return self._unrolled(images)
        key = self.coverage, training
        values = self._windows(
            lambda images, number: self._of_window(images, number, training),
            images,
            lambda images: patches.covering_count(
                ops.shape(images)[0] * self._per_image(images), self.window
            ),
            key,
            self.non_trainable_variables,
        )
        batch, count = ops.shape(images)[0], self._per_image(images)
        values = ops.reshape(values, (-1, values.shape[-1]))[: batch * count]
        return ops.mean(ops.reshape(values, (batch, count, values.shape[-1])), axis=1)

    def _training(self):
        """Returns whether the model that calls this layer is being trained.

        `training` is no argument of `call`, since saved files would hold it. It is read
        before the windows are mapped, since gradients need it after the call has ended.
        """
        training = bool(self._get_call_context().get_value("training"))
        # Asking begins a context if there is none, as in `stateless_call`. It would
        # stay, and later calls of other layers would inherit its training phase.
        self._maybe_reset_call_context()
        return training

    def _counts(self, images):
        """Returns the numbers of rows and columns of crops."""
        if self.coverage == "grid":
            return self.grid, self.grid
        _, height, width, _ = ops.shape(images)
        return tuple(
            patches.covering_count(side, self.size) for side in (height, width)
        )

    def _per_image(self, images):
        rows, columns = self._counts(images)
        return rows * columns

    def _of_window(self, images, number, training):
        """Returns the outputs of the network for a group of crops, `(window, d)`.

        The last group is padded by repeating the last crop.
        """
        batch, height, width, channels = ops.shape(images)
        rows, columns = self._counts(images)
        crops = number * self.window + ops.arange(self.window, dtype="int32")
        crops = ops.minimum(crops, batch * rows * columns - 1)
        tops = patches.grid_offsets(height, self.size, rows)
        lefts = patches.grid_offsets(width, self.size, columns)
        tops = ops.take(tops, crops // columns % rows)
        lefts = ops.take(lefts, crops % columns)
        steps = ops.arange(self.size, dtype="int32")
        down = reflected(tops[:, None] + steps, height, ops)
        across = reflected(lefts[:, None] + steps, width, ops)
        down = down + (crops // (rows * columns))[:, None] * height
        indices = down[:, :, None] * width + across[:, None, :]
        pixels = ops.take(ops.reshape(images, (-1, channels)), indices, axis=0)
        pixels = ops.cast(pixels, "float32")
        return ops.cast(self.network(pixels, training=training), "float32")

    def _unrolled(self, images):
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
        shape = (ops.shape(images)[0], -1, values.shape[-1])
        return ops.mean(ops.reshape(values, shape), axis=1)

    def covered_share(self, height: int, width: int) -> float:
        """Returns the share of an image's pixels that lie in at least one crop."""
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
