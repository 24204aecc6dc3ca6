"""Which leaf is seen at each pixel of a pile of leaves.

Leaves come with the nearest to the viewer first, and painting stops once nothing
shines through. What is then seen is exactly a view onto an endless pile; painting
from the back until the canvas is full, as is often done, favours what stops it.
"""

from collections.abc import Iterable

import numpy as np

from tfiqa.synthetic.leaves import Leaves

# Below so many open pixels, testing all of them is faster than painting leaves.
_FEW_PIXELS = 1500


def visible_leaves(size: tuple[int, int], blocks: Iterable[Leaves]) -> np.ndarray:
    """Returns the number of the leaf that is seen at each pixel.

    Args:
        size: Rows and columns.
        blocks: Leaves, the nearest first; taken until every pixel is covered.

    Returns:
        int32 `(rows, columns)`, counted over all blocks from zero.
    """
    seen = np.full(size[0] * size[1], -1, np.int32)
    open_pixels = np.arange(seen.size)
    first = 0
    for leaves in blocks:
        if len(open_pixels) > _FEW_PIXELS:
            nearest = _paint(size, leaves).reshape(-1)[open_pixels]
        else:
            nearest = _probe(open_pixels, size[1], leaves)
        covered = nearest >= 0
        seen[open_pixels[covered]] = nearest[covered] + first
        open_pixels = open_pixels[~covered]
        if not len(open_pixels):
            break
        first += len(leaves.x)
    return seen.reshape(size)


def _paint(size: tuple[int, int], leaves: Leaves) -> np.ndarray:
    """Returns the nearest leaf at each pixel, or -1, painting from the back."""
    canvas = np.full(size, -1, np.int32)
    rows = np.arange(size[0], dtype=np.float64)
    columns = np.arange(size[1], dtype=np.float64)
    top, bottom = _bounds(leaves.y, leaves.radius, size[0])
    left, right = _bounds(leaves.x, leaves.radius, size[1])
    squared = leaves.radius * leaves.radius
    for i in reversed(range(len(leaves.x))):
        box = slice(top[i], bottom[i]), slice(left[i], right[i])
        dy = (rows[box[0]] - leaves.y[i])[:, None]
        dx = columns[box[1]] - leaves.x[i]
        inside = dx * dx + dy * dy <= squared[i]
        if leaves.polygon[i]:
            for k in range(4):
                inside &= (
                    dx * leaves.normal_x[i, k] + dy * leaves.normal_y[i, k]
                    <= leaves.offset[i, k]
                )
        np.copyto(canvas[box], i, where=inside)
    return canvas


def _bounds(
    centre: np.ndarray, radius: np.ndarray, size: int
) -> tuple[list[int], list[int]]:
    """Returns the first pixel of each leaf and the one after its last."""
    first = np.clip(np.ceil(centre - radius), 0, size).astype(int)
    end = np.clip(np.floor(centre + radius) + 1, 0, size).astype(int)
    return first.tolist(), end.tolist()


def _probe(pixels: np.ndarray, width: int, leaves: Leaves) -> np.ndarray:
    """Returns the nearest leaf at each of `pixels`, or -1, testing all pairs.

    The arithmetic is that of `_paint` to the last bit, so that a picture does not
    depend on where one takes over from the other.
    """
    dx = (pixels % width)[:, None] - leaves.x
    dy = (pixels // width)[:, None] - leaves.y
    inside = dx * dx + dy * dy <= leaves.radius * leaves.radius
    pixel, leaf = np.nonzero(inside & leaves.polygon)
    for k in range(4):
        distance = (
            dx[pixel, leaf] * leaves.normal_x[leaf, k]
            + dy[pixel, leaf] * leaves.normal_y[leaf, k]
        )
        inside[pixel, leaf] &= distance <= leaves.offset[leaf, k]
    return np.where(inside.any(axis=1), inside.argmax(axis=1), -1)
