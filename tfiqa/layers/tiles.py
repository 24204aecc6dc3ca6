"""The tiles in which networks process images that are larger than they can take."""

import dataclasses
from typing import Any

from keras import ops

from tfiqa.layers.patches import at_least
from tfiqa.layers.patches import covering_count
from tfiqa.layers.patches import grid_offsets


@dataclasses.dataclass(frozen=True)
class Tiles:
    """Tiles of one size that cover an image from edge to edge, row by row.

    Numbers are integers if the size of the image is known, else scalar tensors.

    Attributes:
        rows: Number of rows of tiles.
        columns: Number of columns of tiles.
        height: Height of a tile in pixels.
        width: Width of a tile in pixels.
        tops: int32 `(rows,)`, the first row of pixels of each row of tiles.
        lefts: int32 `(columns,)`, likewise.
    """

    rows: Any
    columns: Any
    height: Any
    width: Any
    tops: Any
    lefts: Any

    @property
    def count(self):
        """Number of tiles."""
        return self.rows * self.columns

    @property
    def is_one(self) -> bool:
        """Whether there is known to be one tile, which needs no loop."""
        return isinstance(self.count, int) and self.count == 1

    def corner(self, number):
        """Returns the top and the left of a tile, int32 scalars."""
        top = ops.take(self.tops, number // self.columns)
        return top, ops.take(self.lefts, number % self.columns)


def equal_tiles(height, width, side, smallest=1) -> Tiles:
    """Returns the fewest tiles of nearly equal size that cover an image.

    Args:
        height: Height of the image, an integer or a scalar tensor.
        width: Width of the image.
        side: Longest side of a tile in pixels.
        smallest: Shortest side of a tile. It reaches beyond an image that is smaller.
    """
    rows, columns = (covering_count(length, side) for length in (height, width))
    tall = at_least(covering_count(height, rows), smallest)
    wide = at_least(covering_count(width, columns), smallest)
    tops = grid_offsets(height, tall, rows)
    lefts = grid_offsets(width, wide, columns)
    return Tiles(rows, columns, tall, wide, tops, lefts)
