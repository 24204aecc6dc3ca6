"""Which leaf is seen at each pixel of a pile of leaves.

Leaves come with the nearest to the viewer first, and painting stops once nothing
shines through. What is then seen is exactly a view onto an endless pile; painting
from the back until the canvas is full, as is often done, favours what stops it.

Only pixels that are still open are touched, so that the many leaves which the last
few pixels wait for cost next to nothing.
"""

from collections.abc import Iterable

import numpy as np

from tfiqa.synthetic.leaves import Leaves


def visible_leaves(size: tuple[int, int], blocks: Iterable[Leaves]) -> np.ndarray:
    """Returns the number of the leaf that is seen at each pixel.

    Args:
        size: Rows and columns.
        blocks: Leaves, the nearest first; taken until every pixel is covered.

    Returns:
        int32 `(rows, columns)`, counted over all blocks from zero.
    """
    seen = np.empty(size[0] * size[1], np.int32)
    open_pixels = np.arange(seen.size)
    first = 0
    for leaves in blocks:
        leaf, begin, end = _spans(size, leaves)
        # From pixels to places in the list of those that are open.
        begin = np.searchsorted(open_pixels, begin)
        end = np.searchsorted(open_pixels, end)
        nearest = _paint(len(open_pixels), leaf, begin, end)
        covered = nearest >= 0
        seen[open_pixels[covered]] = nearest[covered] + first
        open_pixels = open_pixels[~covered]
        if not len(open_pixels):
            break
        first += len(leaves.x)
    return seen.reshape(size)


def _spans(
    size: tuple[int, int], leaves: Leaves
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns the rows of all leaves, those of the farthest leaf first.

    Each row of a leaf is `(leaf, begin, end)`: its pixels, counted row by row over
    the picture, run from `begin` to before `end`.
    """
    height, width = size
    top = np.clip(np.ceil(leaves.y - leaves.radius), 0, height).astype(int)
    bottom = np.clip(np.floor(leaves.y + leaves.radius) + 1, 0, height).astype(int)
    rows = (bottom - top)[::-1]
    leaf = np.repeat(np.arange(len(rows))[::-1], rows)
    row = np.arange(len(leaf)) - np.repeat(np.cumsum(rows) - rows, rows) + top[leaf]
    left, right = _chord_limits(leaves, leaf, row - leaves.y[leaf])
    x = leaves.x[leaf]
    begin = np.clip(np.ceil(x + left), 0, width).astype(int)
    end = np.clip(np.floor(x + right) + 1, 0, width).astype(int)
    kept = begin < end
    start = row[kept] * width
    return leaf[kept], start + begin[kept], start + end[kept]


def _chord_limits(
    leaves: Leaves, leaf: np.ndarray, dy: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Returns how far leaves reach to the left (negative) and right of centre."""
    right = np.sqrt(np.maximum(leaves.radius[leaf] ** 2 - dy * dy, 0.0))
    left = -right
    (cut,) = np.nonzero(leaves.polygon[leaf])
    if not len(cut):
        return left, right
    leaf, dy = leaf[cut], dy[cut, None]
    # Cosines of computed angles are never exactly zero.
    normal_x = leaves.normal_x[leaf]
    limit = (leaves.offset[leaf] - leaves.normal_y[leaf] * dy) / normal_x
    right[cut] = np.minimum(
        right[cut], np.where(normal_x > 0, limit, np.inf).min(axis=1)
    )
    left[cut] = np.maximum(
        left[cut], np.where(normal_x < 0, limit, -np.inf).max(axis=1)
    )
    return left, right


def _paint(
    count: int, leaf: np.ndarray, begin: np.ndarray, end: np.ndarray
) -> np.ndarray:
    """Returns the last leaf painted over each of `count` places, or -1."""
    lengths = end - begin
    places = np.arange(lengths.sum())
    places += np.repeat(begin - np.cumsum(lengths) + lengths, lengths)
    canvas = np.full(count, -1, np.int32)
    # Where a place is named repeatedly, NumPy keeps the last value.
    canvas[places] = np.repeat(leaf, lengths)
    return canvas
