"""Spatial statistics of the maps of a network, at full and at half scale."""

import keras
from keras import ops

from tfiqa.layers.mos import check_channels
from tfiqa.layers.patches import crop_grid
from tfiqa.layers.tiles import equal_tiles


@keras.saving.register_keras_serializable(package="tfiqa")
class MapStatistics(keras.layers.Layer):
    """Computes statistics of each channel of a network's feature maps.

    These are the mean, the deviation, the minimum and the maximum over all positions of
    a map. The half scale is the mean of 2 x 2 pixels. An image with a side longer than
    `side` is processed in tiles of equal size, none longer than that, which bounds the
    memory; the statistics are those over all tiles.

    Args:
        network: `keras.Model` from float32 `(batch, height, width, 3)` in `[0, 255]`,
            any size, to a list of maps `(batch, rows, columns, channels)`.
        side: Longest side in pixels that the network processes at once.
        smallest: Sides shorter than this are extended by reflection.
        extremes: Indices of the maps, from 0, whose minima and maxima are included; all
            by default.

    Attributes:
        at_once: Whether all tiles are processed together, without a loop, which takes
            memory for all of them. Can be changed at any time; not saved.

    Call arguments:
        images: `(batch, height, width, 3)` in `[0, 255]`, any size. Integers stay
            integers until a tile is cut.

    Output:
        float32 `(batch, d)`: means, deviations, minima and maxima, in each first the
        full scale, then the half, map by map.
    """

    def __init__(self, network, side=1024, smallest=32, extremes=None, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        if not 1 <= smallest <= side // 2:
            raise ValueError(
                "`smallest` must be at least 1 and at most half of `side`. "
                f"Received: smallest={smallest}, side={side}"
            )
        self.network = network
        self.side = side
        self.smallest = smallest
        every = range(len(network.outputs))
        self.extremes = list(every if extremes is None else extremes)
        if not self.extremes or not set(self.extremes) <= set(every):
            raise ValueError(
                f"`extremes` must be indices of maps, 0 to {len(every) - 1}, or None. "
                f"Received: extremes={extremes}"
            )
        self.at_once = False

    def build(self, images_shape):
        pass  # The network comes built.

    def call(self, images):
        check_channels(images)
        batch, height, width, _ = ops.shape(images)
        # Extended at the end, so that both scales show the same content.
        tiles = equal_tiles(height, width, self.side, self.smallest)
        size = tiles.height, tiles.width

        def described(number):
            top, left = (ops.expand_dims(edge, 0) for edge in tiles.corner(number))
            return self._moments(crop_grid(images, top, left, size))

        if tiles.is_one:
            return _joined(described(0))  # Quantizers do not support loops.
        if self.at_once:
            crops = crop_grid(images, tiles.tops, tiles.lefts, size)
            parts = [
                ops.reshape(part, (batch, -1, part.shape[-1]))
                for part in self._moments(crops)
            ]
            return _joined(_pooled(parts))
        moments = ops.fori_loop(
            1,
            tiles.count,
            lambda number, known: merged(known, described(number), number),
            described(0),
        )
        return _joined(moments)

    def _moments(self, tiles):
        """Returns means, variances, minima and maxima of tiles, `(tiles, d)` each."""
        full = ops.cast(tiles, "float32")
        half = ops.average_pool(full, 2, 2, padding="same")
        every, some = [], []
        for images in (full, half):
            maps = [ops.cast(outputs, "float32") for outputs in self.network(images)]
            every += maps
            some += [maps[number] for number in self.extremes]
        return (
            _over_space(ops.mean, every),
            _over_space(ops.var, every),
            _over_space(ops.min, some),
            _over_space(ops.max, some),
        )

    def compute_output_shape(self, images_shape):
        channels = [shape[-1] for shape in self.network.output_shape]
        of_extremes = sum(channels[number] for number in self.extremes)
        return (images_shape[0], 4 * sum(channels) + 4 * of_extremes)

    def get_config(self):
        return {
            **super().get_config(),
            "network": keras.saving.serialize_keras_object(self.network),
            "side": self.side,
            "smallest": self.smallest,
            "extremes": self.extremes,
        }

    @classmethod
    def from_config(cls, config):
        network = keras.saving.deserialize_keras_object(config["network"])
        return cls(**{**config, "network": network})


def merged(known, other, count):
    """Returns the moments of `count` tiles and one more tile of the same size.

    Args:
        known: Mean, variance, minimum and maximum of the first tiles, of equal shapes.
        other: The same for the other tile.
        count: Number of the first tiles, an integer or a scalar tensor.

    Reference: Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for
    computing sample variances", 1979.
    """
    mean, variance, lowest, highest = known
    other_mean, other_variance, other_lowest, other_highest = other
    weight = 1.0 / (ops.cast(count, mean.dtype) + 1.0)
    step = other_mean - mean
    spread = variance + weight * (other_variance - variance)
    return (
        mean + weight * step,
        spread + weight * (1.0 - weight) * ops.square(step),
        ops.minimum(lowest, other_lowest),
        ops.maximum(highest, other_highest),
    )


def _over_space(function, maps):
    return ops.concatenate(
        [function(features, axis=(1, 2)) for features in maps], axis=-1
    )


def _pooled(parts):
    """Returns the moments over tiles of equal size, from `(batch, tiles, d)` each."""
    means, variances, lowest, highest = parts
    return (
        ops.mean(means, axis=1),
        ops.mean(variances, axis=1) + ops.var(means, axis=1),
        ops.min(lowest, axis=1),
        ops.max(highest, axis=1),
    )


def _joined(moments):
    mean, variance, lowest, highest = moments
    varies = variance > 0
    # Replaced before the root: the root of 0 has no gradient.
    root = ops.sqrt(ops.where(varies, variance, 1.0))
    deviation = ops.where(varies, root, 0.0)
    return ops.concatenate([mean, deviation, lowest, highest], axis=-1)
