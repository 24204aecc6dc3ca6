"""Statistics of normalized luminance and of products of neighbors, in NumPy.

The same computation as in `tfiqa.layers.natural_statistics` and `tfiqa.layers.aggd`, in
double precision.
"""

import functools
import math
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from tfiqa.scoring.runtimes.scratch import Scratch

# Samples of an inner product. BLAS would divide a longer one among threads, which wait
# for one another. A block of NIQE is shorter.
LONGEST = 9600


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
    return np.concatenate([_sums(maps) for maps in _maps(blocks, None, scratch)])


def moments_below(above: np.ndarray, rows: np.ndarray, scratch: Scratch) -> np.ndarray:
    """Returns moments of rows and of products with neighbors, some of them above.

    The neighbors of the first row are in `above`; columns wrap around.

    Args:
        above: `(width,)`, the row above the first one.
        rows: `(n, width)`.
        scratch: Memory that is used again.

    Returns:
        `(5, 5)`; see `moments_of`.
    """
    both = _maps(rows[None], above, scratch)
    return np.concatenate([_sums(maps)[:, 0] for maps in both])


def _maps(
    blocks: np.ndarray, above: np.ndarray | None, scratch: Scratch
) -> tuple[np.ndarray, np.ndarray]:
    """Returns what `Moments` sums up, for blocks and two more rows above each.

    Args:
        blocks: `(..., height, width)`.
        above: `(width,)`, the row above; the last one of each block by default.
        scratch: Holds the result until it is used again.

    Returns:
        Magnitudes `(3, ..., height + 2, width)` and signs `(2, ..., height + 2,
        width)`. The upper of the two rows is not used by sums, but finite.
    """
    *grid, height, width = blocks.shape
    shape = (*grid, height + 2, width)
    magnitudes = scratch.array("magnitudes", (3, *shape))
    # Sums of up to 2^24 signs are exact in single precision.
    signs = scratch.array("signs", (2, *shape), np.float32)
    _fill(magnitudes[..., 2:, :], signs[..., 2:, :], blocks)
    if above is None:
        for maps in (magnitudes, signs):
            maps[..., :2, :] = maps[..., -2:, :]
    else:
        _fill(magnitudes[..., :2, :], signs[..., :2, :], above)
    return magnitudes, signs


def _fill(magnitudes: np.ndarray, signs: np.ndarray, values: np.ndarray) -> None:
    absolute, square, signed = magnitudes
    np.abs(values, out=absolute)
    np.multiply(values, values, out=square)
    np.multiply(values, absolute, out=signed)
    sign, support = signs
    np.subtract(values > 0.0, values < 0.0, out=sign, dtype=np.float32)
    np.abs(sign, out=support)


def _sums(maps: np.ndarray) -> np.ndarray:
    """Returns sums of maps over blocks, and sums of products with neighbors.

    Since each map is multiplicative, as `|u v| = |u| |v|`, the latter are those of the
    map of the products. They need no map of them.

    Args:
        maps: `(k, ..., height + 2, width)`; see `_maps`.

    Returns:
        `(k, blocks, 5)`; see `moments_of`.
    """
    count, *_, tall, width = maps.shape
    maps = maps.reshape(count, -1, tall, width)
    lines = maps.reshape(count, -1, tall * width)
    own, cells = lines[..., 2 * width :], lines.shape[-1]
    ones = np.ones(own.shape[-1], maps.dtype)
    sums = np.empty((*own.shape[:2], 5))
    sums[..., 0] = _products(own, ones)
    # In a flat block, neighbors are a fixed step away, but for one column.
    for sample, step in enumerate((1, width, width + 1, width - 1), start=1):
        neighbors = lines[..., 2 * width - step : cells - step]
        sums[..., sample] = _products(own, neighbors)
    left, right = (np.ascontiguousarray(maps[..., side]) for side in (0, -1))
    steps = np.diff(right)
    sums[..., 1] += np.vecdot(left[..., 2:], steps[..., 1:])
    sums[..., 3] += np.vecdot(left[..., 2:], steps[..., :-1])
    sums[..., 4] -= np.vecdot(right[..., 2:], np.diff(left)[..., 1:])
    return sums


def _products(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Returns the inner products along the last axis, with one thread."""
    whole = one.shape[-1] // LONGEST
    rest = slice(whole * LONGEST, None)
    products = np.vecdot(one[..., rest], other[..., rest])
    if whole:
        products += np.vecdot(_cut(one, whole), _cut(other, whole)).sum(-1)
    return products


def _cut(lines: np.ndarray, count: int) -> np.ndarray:
    """Returns a view of parts of lines, `(..., count, LONGEST)`, without the rest."""
    *strides, step = lines.strides
    shape = (*lines.shape[:-1], count, LONGEST)
    return as_strided(lines, shape, (*strides, LONGEST * step, step))


def natural_statistics(sums: np.ndarray, count: int) -> np.ndarray:
    """Returns the statistics `(blocks, 18)`; see `layers.natural_statistics`.

    Args:
        sums: See `moments_of`, `(5, blocks, 5)`.
        count: Number of values in a block.
    """
    alpha, left, right, mean = fit(Moments(*sums), count)
    single = [alpha[:, :1], (left + right)[:, :1] / 2]
    products = np.stack([part[:, 1:] for part in (alpha, mean, left, right)], axis=2)
    return np.concatenate([*single, products.reshape(-1, 16)], axis=1)


def fit(moments: Moments, count: int) -> tuple[np.ndarray, ...]:
    """Returns shape, left and right scale and mean; see `layers.aggd.fit`."""
    left, right = deviations(moments)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = left / right
        ratio = moments.absolute**2 / (count * moments.square)
        ratio = ratio * (t**3 + 1) * (t + 1) / (t**2 + 1) ** 2
    index = np.searchsorted(_boundaries(), np.where(np.isnan(ratio), 0.0, ratio))
    alpha, scale, shift = np.moveaxis(_shapes()[0][index], -1, 0)
    left, right = left * scale, right * scale
    return alpha, left, right, (right - left) * shift


def deviations(moments: Moments) -> tuple[np.ndarray, np.ndarray]:
    """Returns root mean squares below and above 0; see `layers.aggd.deviations`."""
    above = (moments.support + moments.sign) / 2
    below = (moments.support - moments.sign) / 2
    right = _root_mean((moments.square + moments.signed) / 2, above)
    left = _root_mean((moments.square - moments.signed) / 2, below)
    return left, right


def symmetric_shape(moments: Moments, count: int) -> np.ndarray:
    """Returns the shape of symmetric samples; see `layers.aggd.symmetric_shape`."""
    with np.errstate(invalid="ignore"):
        ratio = moments.absolute**2 / (count * moments.square)
    known = ~np.isnan(ratio)
    index = np.searchsorted(_inverse_boundaries(), np.where(known, ratio, 0.0))
    return np.where(known, _shapes()[0][index, 0], np.nan)


def _root_mean(squares: np.ndarray, count: np.ndarray) -> np.ndarray:
    mean = np.maximum(squares, 0.0) / np.maximum(count, 1.0)
    return np.where(count == 0, np.nan, np.sqrt(mean))


@functools.cache
def _boundaries() -> np.ndarray:
    ratios = _shapes()[1]
    return (ratios[1:] + ratios[:-1]) / 2


@functools.cache
def _inverse_boundaries() -> np.ndarray:
    inverse = 1 / _shapes()[1]
    return 2 / (inverse[1:] + inverse[:-1])


@functools.cache
def _shapes() -> tuple[np.ndarray, np.ndarray]:
    """Returns shape, scale and shift `(9801, 3)`, and moment ratios; see `aggd`."""
    alpha = 0.2 + 0.001 * np.arange(9801)
    gamma_1, gamma_2, gamma_3 = (
        np.array([math.lgamma(number / shape) for shape in alpha.tolist()])
        for number in (1, 2, 3)
    )
    scale, shift = np.exp((gamma_1 - gamma_3) / 2), np.exp(gamma_2 - gamma_1)
    table = np.stack([alpha, scale, shift], axis=1)
    return table, np.exp(2 * gamma_2 - gamma_1 - gamma_3)
