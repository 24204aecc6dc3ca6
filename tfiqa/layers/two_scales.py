"""Features of full images by a network, at full and at half scale."""

import keras
from keras import ops

from tfiqa.layers.mos import check_batch
from tfiqa.layers.patches import at_least
from tfiqa.layers.patches import crop_grid
from tfiqa.layers.pillow_half import half
from tfiqa.layers.pillow_half import halved
from tfiqa.layers.tiles import equal_tiles
from tfiqa.layers.unit_length import unit_norm
from tfiqa.pixels.reflection import reflected


@keras.saving.register_keras_serializable(package="tfiqa")
class TwoScales(keras.layers.Layer):
    """Describes an image by two vectors, of full scale and of half scale.

    Each is the spatial mean of the network's feature map, optionally scaled to length
    one. The half scale is that of Pillow's bicubic filter. An image with a side longer
    than `side` is processed in tiles of nearly equal size, none longer than that, which
    bounds the memory; the mean is that over all tiles, and differs from that of the
    full image only by the network's receptive field across tile borders.

    Args:
        network: `keras.Model` from float32 `(batch, height, width, 3)` in `[0, 255]`,
            any size, to one feature map `(batch, rows, columns, d)`.
        side: Longest side in pixels that the network processes at once.
        smallest: Sides shorter than this are extended by reflection.
        unit: Whether each vector is scaled to length one.

    Attributes:
        at_once: Whether all tiles are processed together, without a loop, which takes
            memory for all of them. Can be changed at any time; not saved.

    Call arguments:
        images: `(batch, height, width, 3)` in `[0, 255]`, any size. Integers stay
            integers until a tile is cut.

    Output:
        float32 `(batch, 2 * d)`: full scale, then half scale.

    Reference:
        Madhusudana et al., "Image Quality Assessment using Contrastive Learning",
        IEEE TIP 2022, section 3.4.
    """

    def __init__(self, network, side=2048, smallest=32, unit=True, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        if not 1 <= smallest <= side // 2:
            raise ValueError(
                "`smallest` must be at least 1 and at most half of `side`. "
                f"Received: smallest={smallest}, side={side}"
            )
        self.network = network
        self.side = side
        self.smallest = smallest
        self.unit = unit
        self.at_once = False

    def build(self, images_shape):
        pass  # The network comes built.

    def call(self, images):
        check_batch(images)
        _, height, width, _ = ops.shape(images)
        full = self._mean(images, _window, height, width)
        reduced = self._mean(images, halved, half(height), half(width))
        if self.unit:
            full, reduced = unit_norm(full), unit_norm(reduced)
        return ops.concatenate([full, reduced], axis=-1)

    def _mean(self, images, window, height, width):
        """Returns the mean of the feature map over all tiles, `(batch, d)`.

        Args:
            images: See `call`.
            window: Function that cuts a window at the scale; see `halved`.
            height: Number of rows of the image at this scale.
            width: Number of columns.
        """
        tiles = equal_tiles(height, width, self.side)
        tall, wide = tiles.height, tiles.width

        def described(pixels):
            features = self.network(self._continued(pixels, tall, wide))
            return ops.mean(ops.cast(features, "float32"), axis=(1, 2))

        def add(number, total):
            top, left = tiles.corner(number)
            return total + described(window(images, top, tall, left, wide))

        batch = ops.shape(images)[0]
        start = ops.zeros((batch, self._depth), "float32")
        if tiles.is_one:
            return add(0, start)  # Quantizers do not support loops.
        if self.at_once:
            complete = window(images, 0, height, 0, width)
            every = described(
                crop_grid(complete, tiles.tops, tiles.lefts, (tall, wide))
            )
            return ops.mean(ops.reshape(every, (batch, -1, self._depth)), axis=1)
        total = ops.fori_loop(0, tiles.count, add, start)
        return total / ops.cast(tiles.count, "float32")

    def _continued(self, tile, height, width):
        rows = ops.arange(at_least(height, self.smallest), dtype="int32")
        columns = ops.arange(at_least(width, self.smallest), dtype="int32")
        tile = ops.take(tile, reflected(rows, height, ops), axis=1)
        return ops.take(tile, reflected(columns, width, ops), axis=2)

    @property
    def _depth(self):
        return self.network.output_shape[-1]

    def compute_output_shape(self, images_shape):
        return (images_shape[0], 2 * self._depth)

    def get_config(self):
        return {
            **super().get_config(),
            "network": keras.saving.serialize_keras_object(self.network),
            "side": self.side,
            "smallest": self.smallest,
            "unit": self.unit,
        }

    @classmethod
    def from_config(cls, config):
        network = keras.saving.deserialize_keras_object(config["network"])
        return cls(**{**config, "network": network})


def _window(images, top, height, left, width):
    """Returns a window of the images as float32."""
    rows = top + ops.arange(height, dtype="int32")
    columns = left + ops.arange(width, dtype="int32")
    tile = ops.take(ops.take(images, rows, axis=1), columns, axis=2)
    return ops.cast(tile, "float32")
