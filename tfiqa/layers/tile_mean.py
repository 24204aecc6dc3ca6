"""A network applied to images of any size, tile by tile, and averaged."""

import keras
from keras import ops

from tfiqa.layers.mos import check_channels
from tfiqa.layers.patches import crop_grid
from tfiqa.layers.tiles import equal_tiles


@keras.saving.register_keras_serializable(package="tfiqa")
class TileMean(keras.layers.Layer):
    """Averages the outputs of a network over tiles of each image.

    An image without a side longer than `side` is one tile: the network sees all of it.
    A larger one is processed in tiles of equal size, none longer than that, which
    bounds the memory.

    Args:
        network: `keras.Model` from float32 `(batch, height, width, 3)` in `[0, 255]`,
            any size, to `(batch, d)`.
        side: Longest side in pixels that the network processes at once.
        smallest: Sides shorter than this are extended by reflection.

    Attributes:
        at_once: Whether all tiles are processed together, without a loop, which takes
            memory for all of them. Can be changed at any time; not saved.

    Call arguments:
        images: `(batch, height, width, 3)` in `[0, 255]`, any size. Integers stay
            integers until a tile is cut.

    Output:
        float32 `(batch, d)`.
    """

    def __init__(self, network, side=1024, smallest=32, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        if not 1 <= smallest <= side // 2:
            raise ValueError(
                "`smallest` must be at least 1 and at most half of `side`. "
                f"Received: smallest={smallest}, side={side}"
            )
        self.network = network
        self.side = side
        self.smallest = smallest
        self.at_once = False

    def build(self, images_shape):
        pass  # The network comes built.

    def call(self, images):
        check_channels(images)
        batch, height, width, _ = ops.shape(images)
        tiles = equal_tiles(height, width, self.side, self.smallest)

        def described(tops, lefts):
            crops = crop_grid(images, tops, lefts, (tiles.height, tiles.width))
            return ops.cast(self.network(ops.cast(crops, "float32")), "float32")

        def add(number, total):
            top, left = (ops.expand_dims(edge, 0) for edge in tiles.corner(number))
            return total + ops.reshape(described(top, left), (batch, self._depth))

        if tiles.is_one:
            return described(
                tiles.tops, tiles.lefts
            )  # Quantizers do not support loops.
        if self.at_once:
            every = described(tiles.tops, tiles.lefts)
            return ops.mean(ops.reshape(every, (batch, -1, self._depth)), axis=1)
        start = ops.zeros((batch, self._depth), "float32")
        total = ops.fori_loop(0, tiles.count, add, start)
        return total / ops.cast(tiles.count, "float32")

    @property
    def _depth(self):
        return self.network.output_shape[-1]

    def compute_output_shape(self, images_shape):
        return (images_shape[0], self._depth)

    def get_config(self):
        return {
            **super().get_config(),
            "network": keras.saving.serialize_keras_object(self.network),
            "side": self.side,
            "smallest": self.smallest,
        }

    @classmethod
    def from_config(cls, config):
        network = keras.saving.deserialize_keras_object(config["network"])
        return cls(**{**config, "network": network})
