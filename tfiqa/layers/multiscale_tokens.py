"""Tokens of adjacent patches of an image at multiple scales, for a transformer."""

import keras
import numpy as np
from keras import ops

from tfiqa.layers.gaussian_resize import fitted_sides
from tfiqa.layers.gaussian_resize import gaussian_resized
from tfiqa.layers.mos import check_channels
from tfiqa.layers.patches import covering_count
from tfiqa.layers.window_map import WindowMap

# Number of patches that the network processes at once.
WINDOW = 64


@keras.saving.register_keras_serializable(package="tfiqa")
class MultiscaleTokens(keras.layers.Layer):
    """Embeds the patches of an image and of smaller or larger versions of it.

    The image is resized so that its longer side has each of `sides`, and also read as
    it is. Adjacent patches cover each version; at its edges they are padded evenly with
    medium gray. A token is the output of the network for a patch, plus a learned vector
    of its position and one of its scale. Positions are those of a grid of fixed size,
    to which the rows and columns of patches are mapped. A class token comes first.

    Args:
        network: `keras.Model` from float32 `(patches, size, size, 3)` in `[-1, 1]` to
            `(patches, d)`.
        sides: Lengths of the longer side of the resized versions, rising.
        grid: Number of positions along each side.

    Attributes:
        unrolled: Whether all patches are processed together, as exports need, rather
            than in windows of 64. Can be changed at any time; not saved. Training
            always processes them together.

    Call arguments:
        images: `(batch, height, width, 3)` in `[0, 255]`, any size. Integers stay
            integers until patches are cut.

    Output:
        `(batch, 1 + tokens, d)`: the class token, the tokens of the resized versions,
        and those of the image itself, row by row.

    Reference:
        Ke et al., "MUSIQ: Multi-scale Image Quality Transformer", ICCV 2021, sections
        3.2 to 3.4.
    """

    def __init__(self, network, sides=(224, 384), grid=10, **kwargs):
        super().__init__(**kwargs)
        self.sides = tuple(sides)
        if list(self.sides) != sorted(set(self.sides)) or grid < 1:
            raise ValueError(
                "`sides` must rise and `grid` must be at least 1. "
                f"Received: sides={self.sides}, grid={grid}"
            )
        self.network = network
        self.size = network.input_shape[1]
        self.grid = grid
        self.unrolled = False
        self._windows = WindowMap()

    def build(self, images_shape):
        length = self.network.output_shape[-1]
        self.positions, self.scales = (
            self.add_weight(
                name=name,
                shape=(count, length),
                initializer=keras.initializers.RandomNormal(stddev=0.02),
            )
            for name, count in (
                ("positions", self.grid**2),
                ("scales", len(self.sides) + 1),
            )
        )
        self.class_token = self.add_weight(
            name="class_token", shape=(length,), initializer="zeros"
        )

    def call(self, images, training=False):
        check_channels(images)
        batch, height, width, _ = ops.shape(images)
        length = self.network.output_shape[-1]
        first = ops.broadcast_to(self.class_token, (batch, 1, length))
        tokens = [ops.cast(first, self.compute_dtype)]
        for scale, side in enumerate(self.sides):
            sides = fitted_sides(height, width, side)
            resized = gaussian_resized(images, *sides)
            tokens.append(self._tokens(resized, scale, bool(training)))
        tokens.append(self._tokens(images, len(self.sides), bool(training)))
        return ops.concatenate(tokens, axis=1)

    def _tokens(self, images, scale, training):
        """Returns the tokens of one version, `(batch, rows * columns, d)`."""
        batch, height, width, _ = ops.shape(images)
        rows, columns = (covering_count(side, self.size) for side in (height, width))
        if training or self.unrolled:
            patches = self._patches(images, rows, columns)
            embedded = self.network(patches, training=training)
        else:
            embedded = self._windows(
                self._embedded_window,
                images,
                lambda images: covering_count(self._count(images), WINDOW),
                (),
                self.non_trainable_variables,
            )
            embedded = ops.reshape(embedded, (-1, embedded.shape[-1]))
            embedded = embedded[: batch * rows * columns]
        length = self.network.output_shape[-1]
        embedded = ops.reshape(embedded, (batch, rows * columns, length))
        places = (
            hashed_positions(rows, self.grid)[:, None] * self.grid
            + hashed_positions(columns, self.grid)[None, :]
        )
        positions = ops.take(self.positions, ops.reshape(places, (-1,)), axis=0)
        added = ops.cast(positions + self.scales[scale], self.compute_dtype)
        return ops.cast(embedded, self.compute_dtype) + added

    def _count(self, images):
        batch, height, width, _ = ops.shape(images)
        return (
            batch * covering_count(height, self.size) * covering_count(width, self.size)
        )

    def _patches(self, images, rows, columns):
        """Returns all patches, `(batch * rows * columns, size, size, 3)`."""
        _, height, width, _ = ops.shape(images)
        size = self.size
        down, tall = _inside(ops.arange(rows * size, dtype="int32"), rows, height, size)
        steps = ops.arange(columns * size, dtype="int32")
        across, wide = _inside(steps, columns, width, size)
        pixels = ops.take(ops.take(images, down, axis=1), across, axis=2)
        pixels = ops.cast(pixels, "float32") / 127.5 - 1.0
        # Reshaped, since LiteRT cannot add two axes by slicing.
        pixels = pixels * ops.reshape(tall, (1, -1, 1, 1))
        pixels = pixels * ops.reshape(wide, (1, 1, -1, 1))
        blocks = ops.reshape(pixels, (-1, rows, size, columns, size * 3))
        blocks = ops.transpose(blocks, (0, 1, 3, 2, 4))
        return ops.reshape(blocks, (-1, size, size, 3))

    def _embedded_window(self, images, number):
        """Returns the outputs of the network for a group of patches, `(window, d)`.

        The last group is padded by repeating the last patch.
        """
        _, height, width, channels = ops.shape(images)
        size = self.size
        rows, columns = (covering_count(side, size) for side in (height, width))
        patches = number * WINDOW + ops.arange(WINDOW, dtype="int32")
        patches = ops.minimum(patches, self._count(images) - 1)
        steps = ops.arange(size, dtype="int32")
        down = (patches // columns % rows * size)[:, None] + steps
        across = (patches % columns * size)[:, None] + steps
        down, tall = _inside(down, rows, height, size)
        across, wide = _inside(across, columns, width, size)
        down = down + (patches // (rows * columns))[:, None] * height
        indices = down[:, :, None] * width + across[:, None, :]
        pixels = ops.take(ops.reshape(images, (-1, channels)), indices, axis=0)
        pixels = ops.cast(pixels, "float32") / 127.5 - 1.0
        pixels = pixels * tall[:, :, None, None] * wide[:, None, :, None]
        return ops.cast(self.network(pixels, training=False), "float32")

    def compute_output_shape(self, images_shape):
        batch, height, width, _ = images_shape
        length = self.network.output_shape[-1]
        if height is None or width is None:
            return (batch, None, length)
        versions = [fitted_sides(height, width, side) for side in self.sides]
        counts = [
            covering_count(tall, self.size) * covering_count(wide, self.size)
            for tall, wide in (*versions, (height, width))
        ]
        return (batch, 1 + sum(counts), length)

    def get_config(self):
        return {
            **super().get_config(),
            "network": keras.saving.serialize_keras_object(self.network),
            "sides": self.sides,
            "grid": self.grid,
        }

    @classmethod
    def from_config(cls, config):
        network = keras.saving.deserialize_keras_object(config["network"])
        return cls(**{**config, "network": network})


def hashed_positions(count, grid):
    """Returns the position on a grid of each of `count` patches along a side.

    This is a nearest neighbor resize of the positions to `count`, as TensorFlow 1
    computes it, in single precision.

    Args:
        count: Number of patches, an integer or a scalar tensor.
        grid: Number of positions.

    Returns:
        int32 `(count,)`, rising from 0.
    """
    scale = np.float32(grid) / ops.cast(count, "float32")
    steps = ops.cast(ops.arange(count, dtype="int32"), "float32")
    return ops.minimum(ops.cast(ops.floor(steps * scale), "int32"), grid - 1)


def _inside(places, count, length, size):
    """Returns the pixels at places of the padded side, and which are of the image.

    Args:
        places: int32, places along the padded side.
        count: Number of patches along the side.
        length: Length of the side in pixels.
        size: Side of a patch.
    """
    # TensorFlow's "same" padding: the odd pixel is added at the end.
    pixels = places - (count * size - length) // 2
    inside = ops.logical_and(pixels >= 0, pixels < length)
    return ops.clip(pixels, 0, length - 1), ops.cast(inside, "float32")
