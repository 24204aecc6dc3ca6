"""Windows of an image, described by the maps of a network at several scales."""

import math

import keras
import numpy as np
from keras import ops

from tfiqa.layers.mos import check_channels
from tfiqa.layers.patches import at_least
from tfiqa.layers.patches import covering_count
from tfiqa.layers.patches import crop_grid

# Smallest number of positions of a map along each side.
SMALLEST = 4
# Window of the pyramid, along each direction: a Gaussian with a deviation of 1.
SIDE_TAP = math.exp(-0.5) / (1 + 2 * math.exp(-0.5))


@keras.saving.register_keras_serializable(package="tfiqa")
class MapWindows(keras.layers.Layer):
    """Computes features and sharpness of the windows of an image.

    The maps of a network are reduced to the stride of the last one, by a Gaussian
    pyramid, and joined. A window is a Gaussian that moves over the joined map. Its
    features are the weighted means of the channels, scaled to unit length map by map;
    its sharpness is the mean of their weighted deviations. The size of a window is 3 x
    3 positions of the map, and grows with images whose shorter side has more than 64
    positions. (Ni et al., "Opinion-unaware blind image quality assessment using
    multi-scale deep feature statistics", IEEE Transactions on Multimedia 2024.)

    Sides are extended by reflection to a multiple of the last stride. An image with a
    side longer than `side` is processed in tiles that the network sees one at a time,
    which bounds the memory.

    Args:
        network: `keras.Model` from float32 `(batch, height, width, 3)` in `[0, 255]`,
            any size, to a list of maps `(batch, rows, columns, channels)`.
        strides: Stride of each map in pixels, rising, each a power of 2 times the
            first.
        side: Longest side in pixels that the network processes at once, a multiple of
            the last stride.

    Call arguments:
        images: `(batch, height, width, 3)` in `[0, 255]`, any size. Integers stay
            integers until a tile is cut.

    Output:
        float32 features `(batch, rows, columns, d)` and sharpness
        `(batch, rows, columns)`, with one row and one column or more.
    """

    def __init__(self, network, strides, side=1024, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        strides = [int(stride) for stride in strides]
        last = strides[-1] if strides else 0
        if (
            len(strides) != len(network.outputs)
            or sorted(strides) != strides
            or any(stride < 1 or math.log2(last / stride) % 1 for stride in strides)
        ):
            raise ValueError(
                "`strides` must be one rising number for each map, powers of 2 apart. "
                f"Received: strides={strides} of {len(network.outputs)} maps"
            )
        if side < SMALLEST * last or side % last:
            raise ValueError(
                f"`side` must be a multiple of {last}, {SMALLEST * last} or more. "
                f"Received: side={side}"
            )
        self.network = network
        self.strides = strides
        self.side = side

    def build(self, images_shape):
        pass  # The network comes built.

    def call(self, images):
        check_channels(images)
        return self._windows(self._joined_maps(images))

    def _joined_maps(self, images):
        """Returns the joined maps of all tiles, `(batch, rows, columns, d)`."""
        batch, height, width, _ = ops.shape(images)
        stride = self.strides[-1]
        down, across = (covering_count(length, self.side) for length in (height, width))
        rows, columns = (
            at_least(covering_count(covering_count(length, count), stride), SMALLEST)
            for length, count in ((height, down), (width, across))
        )

        def described(number):
            top = ops.reshape((number // across) * (rows * stride), (1,))
            left = ops.reshape((number % across) * (columns * stride), (1,))
            tile = crop_grid(images, top, left, (rows * stride, columns * stride))
            return self._pyramid(ops.cast(tile, "float32"))

        count = down * across
        if isinstance(count, int) and count == 1:
            tiles = described(0)
        else:
            tiles = ops.map(described, ops.arange(count, dtype="int32"))
        depth = sum(shape[-1] for shape in self.network.output_shape)
        tiles = ops.reshape(tiles, (down, across, batch, rows, columns, depth))
        joined = ops.transpose(tiles, (2, 0, 3, 1, 4, 5))
        joined = ops.reshape(joined, (batch, down * rows, across * columns, depth))
        tall, wide = (
            at_least(covering_count(length, stride), SMALLEST)
            for length in (height, width)
        )
        return joined[:, :tall, :wide]

    def _pyramid(self, images):
        """Returns all maps at the last stride, joined, `(batch, rows, columns, d)`."""
        maps = []
        for stride, values in zip(self.strides, self.network(images), strict=True):
            values = ops.cast(values, "float32")
            for _ in range(int(math.log2(self.strides[-1] / stride))):
                values = _halved(_halved(values, axis=1), axis=2)
            maps.append(values)
        return ops.concatenate(maps, axis=-1)

    def _windows(self, maps):
        """Returns features and sharpness of all windows of joined maps."""
        _, rows, columns, _ = ops.shape(maps)
        if isinstance(rows, int) and isinstance(columns, int):
            shorter = min(rows, columns)
        else:
            shorter = ops.minimum(rows, columns)
        size = at_least(shorter // 32 * 2 + 1, 3)
        weights = [_window_weights(count, size) for count in (rows, columns)]
        means, squares = (_weighted(x, *weights) for x in (maps, ops.square(maps)))
        deviations = ops.sqrt(ops.relu(squares - ops.square(means)))
        channels = [shape[-1] for shape in self.network.output_shape]
        parts = ops.split(means, np.cumsum(channels)[:-1].tolist(), axis=-1)
        features = ops.concatenate([_unit_length(part) for part in parts], axis=-1)
        return features, ops.mean(deviations, axis=-1)

    def compute_output_shape(self, images_shape):
        depth = sum(shape[-1] for shape in self.network.output_shape)
        batch = images_shape[0]
        return (batch, None, None, depth), (batch, None, None)

    def get_config(self):
        return {
            **super().get_config(),
            "network": keras.saving.serialize_keras_object(self.network),
            "strides": self.strides,
            "side": self.side,
        }

    @classmethod
    def from_config(cls, config):
        network = keras.saving.deserialize_keras_object(config["network"])
        return cls(**{**config, "network": network})


def _halved(maps, axis):
    """Returns maps `(batch, rows, columns, d)`, smoothed and half as long on an axis.

    The length is even. Maps are extended by reflection about their first position.
    """
    batch, rows, columns, depth = ops.shape(maps)
    if axis == 1:
        pairs = ops.reshape(maps, (batch, rows // 2, 2, columns, depth))
        even, odd = pairs[:, :, 0], pairs[:, :, 1]
        before = ops.concatenate([odd[:, :1], odd[:, :-1]], axis=1)
    else:
        pairs = ops.reshape(maps, (batch, rows, columns // 2, 2, depth))
        even, odd = pairs[:, :, :, 0], pairs[:, :, :, 1]
        before = ops.concatenate([odd[:, :, :1], odd[:, :, :-1]], axis=2)
    return (1 - 2 * SIDE_TAP) * even + SIDE_TAP * (before + odd)


def _window_weights(count, size):
    """Returns the weights of positions in each window, float32 `(windows, count)`.

    Windows are Gaussians with a deviation of a third of their size, and move by half
    their size, rounded down.

    Args:
        count: Number of positions, `size` or more.
        size: Number of positions in a window, odd.
    """
    half = size // 2
    centers = half + half * ops.arange((count - size) // half + 1, dtype="int32")
    distances = ops.abs(ops.arange(count, dtype="int32") - centers[:, None])
    exponents = ops.cast(distances, "float32") / ops.cast(size, "float32")
    weights = ops.exp(-4.5 * ops.square(exponents))
    weights = ops.where(distances <= half, weights, 0.0)
    return weights / ops.sum(weights, axis=1, keepdims=True)


def _weighted(maps, of_rows, of_columns):
    """Returns the weighted means of maps over windows, `(batch, rows, columns, d)`."""
    batch, rows, columns, depth = ops.shape(maps)
    lines = ops.reshape(maps, (batch, rows, columns * depth))
    lines = ops.matmul(of_rows, lines)
    windows = ops.reshape(lines, (batch, ops.shape(of_rows)[0], columns, depth))
    return ops.matmul(of_columns, windows)


def _unit_length(vectors):
    """Returns vectors divided by their length, along the last axis."""
    lengths = ops.sqrt(ops.sum(ops.square(vectors), axis=-1, keepdims=True))
    return vectors / (lengths + 1e-12)
