"""Keys that know which part of a picture is being distorted.

Random fields are drawn by counters that go by the place of a sample in its picture. A
key that is placed makes a part of a picture draw what the whole would draw there, and
tells functions that divide a picture into cells where these lie.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

_WORDS = 2  # Of a key that is not placed: it stands for whole pictures.


@dataclasses.dataclass(frozen=True)
class Box:
    """A part of a picture.

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
        """The row behind the last one."""
        return self.top + self.height

    @property
    def right(self) -> int:
        """The column behind the last one."""
        return self.left + self.width

    @property
    def area(self) -> int:
        """Number of pixels."""
        return self.height * self.width

    def of(self, picture: np.ndarray) -> np.ndarray:
        """Returns this part of `(height, width, ...)`, without a copy."""
        return picture[self.top : self.bottom, self.left : self.right]

    def within(self, other: "Box") -> "Box":
        """Returns the same part, counted from the corner of one that holds it."""
        return dataclasses.replace(
            self, top=self.top - other.top, left=self.left - other.left
        )

    def grown(self, margin: int, step: int, height: int, width: int) -> "Box":
        """Returns a larger part of a picture `(height, width)`.

        Args:
            margin: By how much it grows to each side.
            step: Its sides then move outwards to multiples of this.
            height: Of the picture, where growing ends.
            width: Of the picture, where growing ends.
        """
        top, left = (
            max(first - margin, 0) // step * step for first in (self.top, self.left)
        )
        bottom, right = (
            min(-(-(last + margin) // step) * step, side)
            for last, side in ((self.bottom, height), (self.right, width))
        )
        return Box(top, left, bottom - top, right - left)


def placed(
    key: np.ndarray | Sequence[int], box: Box, *, height: int, width: int
) -> np.ndarray:
    """Returns the key of one part of a picture `(height, width)`.

    Args:
        key: Two int32, of the whole picture.
        box: The part.
        height: Of the whole picture.
        width: Of the whole picture.

    Returns:
        int32 `(8,)`, which functions of keys take as well.
    """
    place = [height, width, box.top, box.left, box.height, box.width]
    return np.array([*key, *place], np.int32)


def is_placed(keys: tf.Tensor) -> bool:
    """Returns whether keys, or one of them, are those of a part."""
    return keys.shape[-1] != _WORDS


def indices_in_whole(key: tf.Tensor, indices: tf.Tensor) -> tf.Tensor:
    """Returns the indices in the whole picture of samples of a part.

    Args:
        key: int32 `(8,)`, placed.
        indices: Of samples of the part in the order `(channels, height, width)`.
    """
    _, _, height, width, top, left, rows, columns = tf.unstack(key)
    channel, index = indices // (rows * columns), indices % (rows * columns)
    row, column = index // columns + top, index % columns + left
    return (channel * height + row) * width + column


def whole_sides(
    keys: tf.Tensor, sides: tuple[int | tf.Tensor, int | tf.Tensor]
) -> list[tuple[int | tf.Tensor, int | tf.Tensor]]:
    """Returns, of rows and of columns, how many the whole has and where a part starts.

    Args:
        keys: int32 `(batch, n)`, all of one place.
        sides: Height and width of the part.
    """
    if not is_placed(keys):
        return [(side, 0) for side in sides]
    return [(keys[0, 2], keys[0, 4]), (keys[0, 3], keys[0, 5])]
