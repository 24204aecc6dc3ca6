"""Maps of pixel statistics, for properties that recognition networks ignore."""

import keras
from keras import ops

from tfiqa.layers import pixel_structure
from tfiqa.layers import pixel_tones


@keras.saving.register_keras_serializable(package="tfiqa")
class PixelMaps(keras.layers.Layer):
    """Computes pixel statistics for each block of an image.

    Recognition networks are trained to ignore tone curves, missing gray levels,
    saturation, misaligned color planes and small squares that were moved. These
    statistics show them at a fraction of a network's cost.

    Args:
        side: Side of a block in pixels; those at the borders may be smaller.

    Call arguments:
        images: float32 `(batch, height, width, 3)` in `[0, 255]`, 16 x 16 pixels or
            more.

    Output:
        Two float32 maps `(batch, rows, columns, channels)` with `ceil(height / side)`
        rows: `pixel_tones.tones` and `pixel_structure.structure`.
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
    """Returns a network whose outputs also include the maps of `PixelMaps`, at the end.

    Args:
        network: `keras.Model` from images in `[0, 255]` to a list of maps.
    """
    images = keras.Input((None, None, 3), name="images")
    maps = [*network(images), *PixelMaps(name="pixel_maps")(images)]
    return keras.Model(images, maps, name=network.name)


def has_pixel_maps(network):
    """Returns whether a network comes from `with_pixel_maps`."""
    return any(isinstance(layer, PixelMaps) for layer in network.layers)
