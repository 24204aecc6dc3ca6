"""Networks for images of one size, applied to images of any size."""

import keras
from keras import ops

from tfiqa.layers.patches import covering_count
from tfiqa.layers.patches import crop_grid


@keras.saving.register_keras_serializable(package="tfiqa")
class Windowed(keras.layers.Layer):
    """Applies a network to adjacent windows of an image and joins the feature maps.

    The network processes each window separately. The last windows of a row and of a
    column are extended by reflection, and their maps are cropped accordingly.

    Args:
        network: `keras.Model` from `(batch, side, side, channels)` to a list of feature
            maps, whose sides divide `side`.
        side: Side of a window in pixels.

    Call arguments:
        images: `(batch, height, width, channels)`, any size.

    Output:
        A list of maps `(batch, rows, columns, d)`; a map with a stride of `s` pixels
        has `ceil(height / s)` rows.
    """

    def __init__(self, network, side, **kwargs):
        super().__init__(**kwargs)
        self.network = network
        self.side = side
        for output in network.outputs:
            if side % output.shape[1] or output.shape[1] != output.shape[2]:
                raise ValueError(
                    "Square feature maps are expected whose sides divide `side`. "
                    f"Received: side={side}, a map of {output.shape[1:3]}"
                )

    def build(self, images_shape):
        pass  # The network comes built.

    def call(self, images, training=False):
        _, height, width, _ = ops.shape(images)
        down, across = (covering_count(length, self.side) for length in (height, width))
        tops, lefts = (
            self.side * ops.arange(count, dtype="int32") for count in (down, across)
        )
        windows = crop_grid(images, tops, lefts, self.side)
        maps = []
        for output in self.network(windows, training=training):
            rows, depth = output.shape[1], output.shape[-1]
            stride = self.side // rows
            grid = ops.reshape(output, (-1, down, across, rows, rows * depth))
            joined = ops.reshape(
                ops.transpose(grid, (0, 1, 3, 2, 4)),
                (-1, down * rows, across * rows, depth),
            )
            tall, wide = (covering_count(length, stride) for length in (height, width))
            maps.append(joined[:, :tall, :wide])
        return maps

    def compute_output_shape(self, images_shape):
        batch, height, width, _ = images_shape
        shapes = []
        for output in self.network.outputs:
            stride = self.side // output.shape[1]
            sides = [s and covering_count(s, stride) for s in (height, width)]
            shapes.append((batch, *sides, output.shape[-1]))
        return shapes

    def get_config(self):
        return {
            **super().get_config(),
            "network": keras.saving.serialize_keras_object(self.network),
            "side": self.side,
        }

    @classmethod
    def from_config(cls, config):
        network = keras.saving.deserialize_keras_object(config["network"])
        return cls(**{**config, "network": network})
