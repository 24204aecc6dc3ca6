"""A network applied to randomly placed crops of an image, averaged over the image."""

import keras
import numpy as np
from keras import ops

from tfiqa.layers.mos import check_batch
from tfiqa.pixels.reflection import reflected


@keras.saving.register_keras_serializable(package="tfiqa")
class RandomPatchMean(keras.layers.Layer):
    """Averages the outputs of a network over random square crops of each image.

    Positions are drawn once, as shares of the space that a crop leaves in an image:
    every image is cut at the same ones, so scores can be repeated. `PatchMean` places
    its crops regularly, and hence sees all parts of an image; this layer is for parity
    with code that draws crops when it scores.

    Args:
        network: `keras.Model` from float32 `(crops, size, size, 3)` in `[0, 255]`
            to `(crops, d)`.
        size: Side of a crop in pixels. Smaller images are extended by reflection.
        count: Number of crops.
        seed: Seed of their positions.

    Call arguments:
        images: `(batch, height, width, 3)` in `[0, 255]`, any size.

    Output:
        float32 `(batch, d)`.
    """

    def __init__(self, network, size, count=10, seed=0, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        if size < 1 or count < 1:
            raise ValueError(
                f"`size` and `count` must be at least 1. Received: size={size}, "
                f"count={count}"
            )
        self.network = network
        self.size = size
        self.count = count
        self.seed = seed

    def build(self, images_shape):
        pass  # The network comes built.

    @property
    def shares(self):
        """Share of the free rows above each crop and of the free columns on its left.

        float32 `(2, count)`, in `[0, 1)`.
        """
        drawn = np.random.default_rng(self.seed).random((2, self.count))
        return drawn.astype("float32")

    def offsets(self, length, shares):
        """Returns where crops begin along a side of an image, int32 `(count,)`.

        Each integer from 0 to the last one possible is equally likely.
        """
        spare = ops.maximum(ops.cast(length, "int32") - self.size, 0)
        places = ops.cast(shares * ops.cast(spare + 1, "float32"), "int32")
        return ops.minimum(places, spare)

    def call(self, images):
        check_batch(images)
        batch, height, width, channels = ops.shape(images)
        rows, columns = self.shares
        steps = ops.arange(self.size, dtype="int32")
        down = self.offsets(height, rows)[:, None] + steps
        across = self.offsets(width, columns)[:, None] + steps
        down, across = reflected(down, height, ops), reflected(across, width, ops)
        indices = ops.reshape(down[:, :, None] * width + across[:, None, :], (-1,))
        pixels = ops.reshape(images, (batch, -1, channels))
        crops = ops.reshape(
            ops.take(pixels, indices, axis=1), (-1, self.size, self.size, channels)
        )
        values = ops.cast(self.network(ops.cast(crops, "float32")), "float32")
        by_image = ops.reshape(values, (batch, self.count, values.shape[-1]))
        return ops.mean(by_image, axis=1)

    def compute_output_shape(self, images_shape):
        return (images_shape[0], self.network.output_shape[-1])

    def get_config(self):
        return {
            **super().get_config(),
            "network": keras.saving.serialize_keras_object(self.network),
            "size": self.size,
            "count": self.count,
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config):
        network = keras.saving.deserialize_keras_object(config["network"])
        return cls(**{**config, "network": network})
