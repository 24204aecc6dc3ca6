"""Tiles of large images and the moments over all of them; see `MapStatistics`."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

import numpy as np

from tfiqa.pixels.reflection import reflected

# Mean, variance, minimum and maximum of each channel, each `(d,)`.
Moments = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def tiles(image: np.ndarray, side: int, smallest: int) -> Iterator[np.ndarray]:
    """Yields tiles of equal size that cover an image, row by row.

    Args:
        image: `(height, width, 3)`.
        side: Longest side of a tile in pixels.
        smallest: Shorter sides are extended to this by reflection.
    """
    height, width, _ = image.shape
    rows, columns = (-(-length // side) for length in (height, width))
    tall = max(-(-height // rows), smallest)
    wide = max(-(-width // columns), smallest)
    lefts = [_inside(left, wide, width) for left in _offsets(width, wide, columns)]
    for top in _offsets(height, tall, rows):
        strip = image[_inside(top, tall, height)]
        for left in lefts:
            yield strip[:, left]


def features(
    tiles: Iterable[np.ndarray], describe: Callable[[np.ndarray], Moments]
) -> np.ndarray:
    """Returns means, deviations, minima and maxima over all tiles, `(4 d,)`.

    Args:
        tiles: Tiles of equal size.
        describe: Function from a tile to its moments.
    """
    total = None
    for count, tile in enumerate(tiles):
        moments = describe(tile)
        total = moments if total is None else _merged(total, moments, count)
    assert total is not None
    mean, variance, lowest, highest = total
    deviation = np.sqrt(np.maximum(variance, 0.0))
    return np.concatenate([mean, deviation, lowest, highest])


def covered_share(length: int, size: int, count: int) -> float:
    """Returns the share of a side that lies in at least one crop; see `PatchMean`.

    Args:
        length: Length of the side.
        size: Side of a crop.
        count: Number of crops, from edge to edge; 0 for as many as cover all pixels.
    """
    covered = np.zeros(length, bool)
    for offset in _offsets(length, size, count or -(-length // size)):
        covered[offset : offset + size] = True
    return float(covered.mean())


def share_of_crops(metadata: dict[str, Any], height: int, width: int) -> float:
    """Returns the share of an image that an exported scorer uses.

    Args:
        metadata: Metadata of the export, with `crops` if it scores crops.
        height: Height of the image in pixels.
        width: Width.
    """
    crops = metadata.get("crops")
    if crops is None:
        return 1.0
    count = crops["grid"] if crops["coverage"] == "grid" else 0
    sides = metadata.get("resized", (height, width))
    down, across = (covered_share(side, crops["size"], count) for side in sides)
    return down * across


def _merged(total: Moments, other: Moments, count: int) -> Moments:
    """Returns the moments of `count` tiles and one more; see `MapStatistics`."""
    mean, variance, lowest, highest = total
    weight = np.float32(1.0 / (count + 1.0))
    step = other[0] - mean
    spread = variance + weight * (other[1] - variance)
    return (
        mean + weight * step,
        spread + weight * (1 - weight) * np.square(step),
        np.minimum(lowest, other[2]),
        np.maximum(highest, other[3]),
    )


def _offsets(length: int, size: int, count: int) -> np.ndarray:
    spare, gaps = max(length - size, 0), max(count - 1, 1)
    if count == 1:
        return np.array([spare // 2])
    return (2 * np.arange(count) * spare + gaps) // (2 * gaps)


def _inside(start: int, size: int, length: int) -> slice | np.ndarray:
    """Returns the index of a run of pixels: a slice, which copies none, if possible."""
    if start + size <= length:
        return slice(start, start + size)
    return reflected(np.arange(start, start + size), length, np)
