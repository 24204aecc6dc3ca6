"""The 18 statistics of normalized luminance in a block, in NumPy.

The same computation as in `tfiqa.layers.natural_statistics`, in double precision.
"""

import functools
import math
from typing import NamedTuple

import numpy as np

from tfiqa.scoring.runtimes.scratch import Scratch


class Moments(NamedTuple):
    """Sums over samples `v`: of `|v|`, `v^2`, `v |v|`, `sign(v)` and `|sign(v)|`."""

    absolute: np.ndarray
    square: np.ndarray
    signed: np.ndarray
    sign: np.ndarray
    support: np.ndarray


def moments_of(plane: np.ndarray, size: int, scratch: Scratch) -> np.ndarray:
    """Returns moments of values and of their products with neighbors.

    Neighbors wrap around within their block.

    Args:
        plane: `(rows * size, columns * size)`.
        size: Side of a block.
        scratch: Memory that is used again.

    Returns:
        `(5, rows * columns, 5)`: the sums of `Moments` of each block, row by row; the
        samples are the values and their products with the left, upper, upper left and
        upper right neighbors.
    """
    blocks = plane.reshape(-1, size, plane.shape[1] // size, size).swapaxes(1, 2)
    # Two rows above each block follow later.
    *grid, height, width = blocks.shape
    shape = (*grid, height + 2, width)
    magnitudes = scratch.array("magnitudes", (3, *shape))
    absolute, square, signed = magnitudes[..., 2:, :]
    np.abs(blocks, out=absolute)
    np.multiply(blocks, blocks, out=square)
    np.multiply(blocks, absolute, out=signed)
    # Sums of up to 2^24 signs are exact in single precision.
    signs = scratch.array("signs", (2, *shape), np.float32)
    sign, support = signs[..., 2:, :]
    np.subtract(blocks > 0.0, blocks < 0.0, out=sign, dtype=np.float32)
    np.abs(sign, out=support)
    return np.concatenate([_sums(maps) for maps in (magnitudes, signs)])


def _sums(maps: np.ndarray) -> np.ndarray:
    """Returns sums of maps over blocks, and sums of products with neighbors.

    Since each map is multiplicative, as `|u v| = |u| |v|`, the latter are those of the
    map of the products. They need no map of them.

    Args:
        maps: `(k, rows, columns, size + 2, size)`. The first two rows are overwritten.

    Returns:
        `(k, rows * columns, 5)`; see `moments_of`.
    """
    count, *_, size = maps.shape
    maps[..., :2, :] = maps[..., -2:, :]
    maps = maps.reshape(count, -1, size + 2, size)
    lines = maps.reshape(count, -1, (size + 2) * size)
    own, cells = lines[..., 2 * size :], lines.shape[-1]
    ones = np.ones(size * size, maps.dtype)
    sums = np.empty((*own.shape[:2], 5))
    np.vecdot(own, ones, out=sums[..., 0])
    # In a flat block, neighbors are a fixed step away, but for one column.
    for sample, step in enumerate((1, size, size + 1, size - 1), start=1):
        neighbors = lines[..., 2 * size - step : cells - step]
        np.vecdot(own, neighbors, out=sums[..., sample])
    left, right = (np.ascontiguousarray(maps[..., side]) for side in (0, -1))
    steps = np.diff(right)
    sums[..., 1] += np.vecdot(left[..., 2:], steps[..., 1:])
    sums[..., 3] += np.vecdot(left[..., 2:], steps[..., :-1])
    sums[..., 4] -= np.vecdot(right[..., 2:], np.diff(left)[..., 1:])
    return sums


def natural_statistics(sums: np.ndarray, count: int) -> np.ndarray:
    """Returns the statistics `(blocks, 18)`; see `layers.natural_statistics`.

    Args:
        sums: See `moments_of`, `(5, blocks, 5)`.
        count: Number of values in a block.
    """
    alpha, left, right, mean = _fit(Moments(*sums), count)
    single = [alpha[:, :1], (left + right)[:, :1] / 2]
    products = np.stack([part[:, 1:] for part in (alpha, mean, left, right)], axis=2)
    return np.concatenate([*single, products.reshape(-1, 16)], axis=1)


def _fit(moments: Moments, count: int) -> tuple[np.ndarray, ...]:
    """Returns shape, left and right scale and mean; see `layers.aggd.fit`."""
    above = (moments.support + moments.sign) / 2
    below = (moments.support - moments.sign) / 2
    right = _root_mean((moments.square + moments.signed) / 2, above)
    left = _root_mean((moments.square - moments.signed) / 2, below)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = left / right
        ratio = moments.absolute**2 / (count * moments.square)
        ratio = ratio * (t**3 + 1) * (t + 1) / (t**2 + 1) ** 2
    boundaries, table = _shapes()
    index = np.searchsorted(boundaries, np.where(np.isnan(ratio), 0.0, ratio))
    alpha, scale, shift = np.moveaxis(table[index], -1, 0)
    left, right = left * scale, right * scale
    return alpha, left, right, (right - left) * shift


def _root_mean(squares: np.ndarray, count: np.ndarray) -> np.ndarray:
    mean = np.maximum(squares, 0.0) / np.maximum(count, 1.0)
    return np.where(count == 0, np.nan, np.sqrt(mean))


@functools.cache
def _shapes() -> tuple[np.ndarray, np.ndarray]:
    """Returns where shapes change, and shape, scale and shift; see `layers.aggd`."""
    alpha = 0.2 + 0.001 * np.arange(9801)
    gamma_1, gamma_2, gamma_3 = (
        np.array([math.lgamma(number / shape) for shape in alpha.tolist()])
        for number in (1, 2, 3)
    )
    ratios = np.exp(2 * gamma_2 - gamma_1 - gamma_3)
    scale, shift = np.exp((gamma_1 - gamma_3) / 2), np.exp(gamma_2 - gamma_1)
    table = np.stack([alpha, scale, shift], axis=1)
    return (ratios[1:] + ratios[:-1]) / 2, table
