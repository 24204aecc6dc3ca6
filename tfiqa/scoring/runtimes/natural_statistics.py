"""The 18 statistics of normalized luminance in a block, in NumPy.

The same computation as in `tfiqa.layers.natural_statistics`, in double precision.
"""

import functools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from tfiqa.scoring.runtimes.scratch import Scratch


class Moments(NamedTuple):
    """Sums over samples `v`: of `|v|`, `v^2`, `v |v|`, `sign(v)` and `|sign(v)|`."""

    absolute: np.ndarray
    square: np.ndarray
    signed: np.ndarray
    sign: np.ndarray
    support: np.ndarray


def sums_of(plane: np.ndarray, size: int, scratch: Scratch) -> np.ndarray:
    """Returns sums of values and of their products with neighbors.

    Neighbors wrap around within their block. Since each map is multiplicative, as
    `|u v| = |u| |v|`, sums of a map of products are those of products of the map. They
    need no map of the products.

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
    above, below = scratch.array("sides", (2, *blocks.shape), bool)
    np.greater(blocks, 0.0, out=above)
    np.less(blocks, 0.0, out=below)
    np.subtract(above, below, out=sign, dtype=np.float32)
    np.abs(sign, out=support)
    count = math.prod(grid)
    sums = np.empty((5, count, 5))
    ends = scratch.array("ends", (2, 5, count, height + 2))
    for maps, some in ((magnitudes, np.s_[:3]), (signs, np.s_[3:])):
        maps[..., :2, :] = maps[..., -2:, :]
        maps = maps.reshape(len(maps), count, height + 2, width)
        ends[:, some] = np.moveaxis(maps[..., :: size - 1], -1, 0)
        _sum_up(maps, sums[some])
    _wrap(sums, *ends)
    return sums


def _sum_up(maps: np.ndarray, out: np.ndarray) -> None:
    """Writes the sums of maps `(k, blocks, size + 2, size)`, not yet wrapped around.

    In a flat block, neighbors are a fixed step away. Only those of one column are in
    another row than they should be.
    """
    size = maps.shape[-1]
    lines = maps.reshape(*maps.shape[:2], -1)
    own, cells = lines[..., 2 * size :], lines.shape[-1]
    np.vecdot(own, np.ones(size * size, maps.dtype), out=out[..., 0])
    np.vecdot(own, lines[..., 2 * size - 1 : cells - 1], out=out[..., 1])
    above = as_strided(
        lines[..., size - 1 :], (3, *own.shape), (maps.itemsize, *lines.strides)
    )
    left, middle, right = np.vecdot(own, above)
    out[..., 2], out[..., 3], out[..., 4] = middle, left, right


def _wrap(sums: np.ndarray, left: np.ndarray, right: np.ndarray) -> None:
    """Lets neighbors wrap around, by the first and last columns of all maps."""
    steps = np.diff(right)
    sums[..., 1] += np.vecdot(left[..., 2:], steps[..., 1:])
    sums[..., 3] += np.vecdot(left[..., 2:], steps[..., :-1])
    sums[..., 4] -= np.vecdot(right[..., 2:], np.diff(left)[..., 1:])


def natural_statistics(
    scales: Sequence[tuple[Sequence[np.ndarray], int]],
) -> np.ndarray:
    """Returns the statistics `(blocks, scales * 18)`; see `layers.natural_statistics`.

    Args:
        scales: For each scale, sums of its blocks in parts, and the side of a block.
    """
    counts = np.array([[[size * size]] for _, size in scales])
    # All scales together, `(5, scales, blocks, 5)`.
    sums = np.stack([np.concatenate(parts, axis=1) for parts, _ in scales], axis=1)
    alpha, left, right, mean = _fit(Moments(*sums), counts)
    features = np.empty((*alpha.shape[:2], 18))
    features[..., 0], features[..., 1] = alpha[..., 0], (left + right)[..., 0] / 2
    for number, part in enumerate((alpha, mean, left, right)):
        features[..., 2 + number :: 4] = part[..., 1:]
    return np.concatenate(features, axis=1)


def _fit(moments: Moments, count: np.ndarray) -> tuple[np.ndarray, ...]:
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
