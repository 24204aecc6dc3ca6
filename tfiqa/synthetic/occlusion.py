"""The visible leaf at each pixel of a pile of leaves.

Leaves come with the nearest to the viewer first, and painting stops once every pixel is
covered. The result is exactly a view of an endless pile. The common alternative,
painting from the back until the canvas is full, favors the leaves that stop it.

Only uncovered pixels are touched, so the many leaves drawn for the last few pixels cost
next to nothing.
"""

from collections.abc import Iterable

import numpy as np

from tfiqa.synthetic.leaves import Leaves


def visible_leaves(size: tuple[int, int], blocks: Iterable[Leaves]) -> np.ndarray:
    """Returns the index of the visible leaf at each pixel.

    Args:
        size: Rows and columns.
        blocks: Leaves, the nearest first; consumed until every pixel is covered.

    Returns:
        int32 `(rows, columns)`, counted over all blocks from zero.
    """
    visible = np.empty(size[0] * size[1], np.int32)
    open_pixels = np.arange(visible.size)
    first = 0
    for leaves in blocks:
        leaf, begin, end = _spans(size, leaves)
        # From pixels to positions in the list of uncovered pixels.
        begin = np.searchsorted(open_pixels, begin)
        end = np.searchsorted(open_pixels, end)
        nearest = _paint(len(open_pixels), leaf, begin, end)
        covered = nearest >= 0
        visible[open_pixels[covered]] = nearest[covered] + first
        open_pixels = open_pixels[~covered]
        if not len(open_pixels):
            break
        first += len(leaves.x)
    return visible.reshape(size)


def _spans(
    size: tuple[int, int], leaves: Leaves
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns the rows of all leaves, those of the farthest leaf first.

    A row is `(leaf, begin, end)`: its pixels, counted row by row over the image, run
    from `begin` up to, not including, `end`.
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
    """Returns how far leaves extend to the left (negative) and right of the center."""
    right = np.sqrt(np.maximum(leaves.radius[leaf] ** 2 - dy * dy, 0.0))
    left = -right
    (cut,) = np.nonzero(leaves.polygon[leaf])
    if not len(cut):
        return left, right
    leaf, dy = leaf[cut], dy[cut, None]
    # No normal is exactly vertical: cosines of computed angles are never zero.
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
    """Returns the last leaf painted over each of `count` positions, or -1."""
    lengths = end - begin
    positions = np.arange(lengths.sum())
    positions += np.repeat(begin - np.cumsum(lengths) + lengths, lengths)
    canvas = np.full(count, -1, np.int32)
    # If a position occurs repeatedly, NumPy keeps the last value.
    canvas[positions] = np.repeat(leaf, lengths)
    return canvas
