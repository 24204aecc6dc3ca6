"""Maps of plain pixel statistics, for what networks for recognition hardly see."""

import keras
from keras import ops

from tfiqa.layers import pixel_structure
from tfiqa.layers import pixel_tones


@keras.saving.register_keras_serializable(package="tfiqa")
class PixelMaps(keras.layers.Layer):
    """Describes each block of a picture by statistics of its pixels.

    A network for recognition is trained to ignore tone curves, missing gray levels,
    saturation, planes of color that lie apart, and small squares that were moved. These
    statistics show them, at a small part of a network's cost.

    Args:
        side: Side of a block in pixels; those at the borders may be smaller.

    Call arguments:
        images: float32 `(batch, height, width, 3)` in `[0, 255]`, any size from
            16 x 16 pixels on.

    Output:
        Two float32 maps `(batch, rows, columns, channels)`, with rows
        `ceil(height / side)`: `pixel_tones.tones` and `pixel_structure.structure`.
    """

    def __init__(self, side=16, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        if side < 8 or side % 8:
            raise ValueError(f"`side` must be a multiple of 8. Received: side={side}")
        self.side = side

    def build(self, images_shape):
        pass

    def call(self, images):
        pixels = ops.cast(images, "float32")
        return [
            pixel_tones.tones(pixels, self.side),
            pixel_structure.structure(pixels, self.side),
        ]

    def compute_output_shape(self, images_shape):
        batch, *sides, _ = images_shape
        blocks = tuple(s if s is None else -(-s // self.side) for s in sides)
        return [
            (batch, *blocks, pixel_tones.COUNT),
            (batch, *blocks, pixel_structure.COUNT),
        ]

    def get_config(self):
        return {**super().get_config(), "side": self.side}


def with_pixel_maps(network):
    """Returns a network that returns the maps of `PixelMaps` too, after its own.

    Args:
        network: `keras.Model` from images in `[0, 255]` to a list of maps.
    """
    images = keras.Input((None, None, 3), name="images")
    maps = [*network(images), *PixelMaps(name="pixel_maps")(images)]
    return keras.Model(images, maps, name=network.name)


def has_pixel_maps(network):
    """Returns whether a network comes from `with_pixel_maps`."""
    return any(isinstance(layer, PixelMaps) for layer in network.layers)
