"""Random keys that include which region of an image is being distorted.

The counter of a random number is the index of its sample in the image. With the key of
a region, a distortion therefore draws the numbers that the full image would get there,
and functions that divide an image into cells know where the cells are.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

_WORDS = 2  # Number of words in a key of a full image.


@dataclasses.dataclass(frozen=True)
class Box:
    """A rectangular region of an image.

    Attributes:
        top: First row.
        left: First column.
        height: Number of rows.
        width: Number of columns.
    """

    top: int
    left: int
    height: int
    width: int

    @property
    def bottom(self) -> int:
        """The row after the last one."""
        return self.top + self.height

    @property
    def right(self) -> int:
        """The column after the last one."""
        return self.left + self.width

    @property
    def area(self) -> int:
        """Number of pixels."""
        return self.height * self.width

    def of(self, image: np.ndarray) -> np.ndarray:
        """Returns a view of this region of an image `(height, width, ...)`."""
        return image[self.top : self.bottom, self.left : self.right]

    def within(self, other: "Box") -> "Box":
        """Returns the same region, relative to the corner of a box that contains it."""
        return dataclasses.replace(
            self, top=self.top - other.top, left=self.left - other.left
        )

    def grown(self, margin: int, step: int, height: int, width: int) -> "Box":
        """Returns a larger region, limited to the image.

        Args:
            margin: Rows and columns that are added on each side.
            step: The sides then move outwards to multiples of this.
            height: Number of rows of the image.
            width: Number of columns of the image.
        """
        top, left = (
            max(first - margin, 0) // step * step for first in (self.top, self.left)
        )
        bottom, right = (
            min(-(-(last + margin) // step) * step, side)
            for last, side in ((self.bottom, height), (self.right, width))
        )
        return Box(top, left, bottom - top, right - left)


def key_of_region(
    key: np.ndarray | Sequence[int], box: Box, *, height: int, width: int
) -> np.ndarray:
    """Returns the key of a region of an image.

    Args:
        key: Two int32, the key of the image.
        box: The region.
        height: Number of rows of the image.
        width: Number of columns of the image.

    Returns:
        int32 `(8,)`, accepted by all functions of keys.
    """
    position = [height, width, box.top, box.left, box.height, box.width]
    return np.array([*key, *position], np.int32)


def is_of_region(keys: tf.Tensor) -> bool:
    """Returns whether a key or keys come from `key_of_region`."""
    return keys.shape[-1] != _WORDS


def indices_in_image(key: tf.Tensor, indices: tf.Tensor) -> tf.Tensor:
    """Returns the indices in the image of samples of a region.

    Args:
        key: int32 `(8,)`, from `key_of_region`.
        indices: Indices in the region, in the order `(channels, height, width)`.
    """
    _, _, height, width, top, left, rows, columns = tf.unstack(key)
    channel, index = indices // (rows * columns), indices % (rows * columns)
    row, column = index // columns + top, index % columns + left
    return (channel * height + row) * width + column


def image_sides(
    keys: tf.Tensor, sides: tuple[int | tf.Tensor, int | tf.Tensor]
) -> list[tuple[int | tf.Tensor, int | tf.Tensor]]:
    """Returns the length of each side of the image, and the first index of the region.

    Args:
        keys: int32 `(batch, n)`, all of the same region.
        sides: Height and width of the region.
    """
    if not is_of_region(keys):
        return [(side, 0) for side in sides]
    return [(keys[0, 2], keys[0, 4]), (keys[0, 3], keys[0, 5])]
