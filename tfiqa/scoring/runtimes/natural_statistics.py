"""Statistics of normalized luminance and of products of neighbors, in NumPy.

The same computation as in `tfiqa.layers.natural_statistics` and `tfiqa.layers.aggd`, in
double precision.
"""

import functools
import math
from collections.abc import Sequence
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


def sums_of(plane: np.ndarray, size: int, scratch: Scratch) -> np.ndarray:
    """Returns sums of the values in blocks and of their products with neighbors.

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
    return _sums(_maps(blocks, None, scratch), scratch)


def sums_below(above: np.ndarray, rows: np.ndarray, scratch: Scratch) -> np.ndarray:
    """Returns sums of rows and of products with neighbors, some of them above.

    The neighbors of the first row are in `above`; columns wrap around.

    Args:
        above: `(width,)`, the row above the first one.
        rows: `(n, width)`.
        scratch: Memory that is used again.

    Returns:
        `(5, 5)`; see `sums_of`.
    """
    return _sums(_maps(rows[None], above, scratch), scratch)[:, 0]


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
        width)`. The upper of the two rows does not matter, but is finite.
    """
    *grid, height, width = blocks.shape
    shape = (*grid, height + 2, width)
    magnitudes = scratch.array("magnitudes", (3, *shape))
    # Sums of up to 2^24 signs are exact in single precision.
    signs = scratch.array("signs", (2, *shape), np.float32)
    _fill(magnitudes[..., 2:, :], signs[..., 2:, :], blocks, scratch)
    if above is None:
        for maps in (magnitudes, signs):
            maps[..., :2, :] = maps[..., -2:, :]
    else:
        _fill(magnitudes[..., :2, :], signs[..., :2, :], above, scratch)
    return magnitudes, signs


def _fill(
    magnitudes: np.ndarray, signs: np.ndarray, values: np.ndarray, scratch: Scratch
) -> None:
    absolute, square, signed = magnitudes
    np.abs(values, out=absolute)
    np.multiply(values, values, out=square)
    np.multiply(values, absolute, out=signed)
    sign, support = signs
    above, below = scratch.array("sides", (2, *values.shape), bool)
    np.greater(values, 0.0, out=above)
    np.less(values, 0.0, out=below)
    np.subtract(above, below, out=sign, dtype=np.float32)
    np.abs(sign, out=support)


def _sums(both: tuple[np.ndarray, np.ndarray], scratch: Scratch) -> np.ndarray:
    """Returns the sums `(5, blocks, 5)` of what `_maps` returned.

    Since each map is multiplicative, as `|u v| = |u| |v|`, sums of a map of products
    are those of products of the map. They need no map of the products.
    """
    *_, tall, width = both[0].shape
    blocks = both[0][0].size // (tall * width)
    sums = np.empty((5, blocks, 5))
    ends = scratch.array("ends", (2, 5, blocks, tall))
    for maps, some in zip(both, (np.s_[:3], np.s_[3:]), strict=True):
        maps = maps.reshape(len(maps), blocks, tall, width)
        ends[:, some] = np.moveaxis(maps[..., :: width - 1], -1, 0)
        _sum_up(maps, sums[some])
    _wrap(sums, *ends)
    return sums


def _sum_up(maps: np.ndarray, out: np.ndarray) -> None:
    """Writes the sums of maps `(k, blocks, height + 2, width)`, not yet wrapped around.

    In a flat block, neighbors are a fixed step away. Only those of one column are in
    another row than they should be.
    """
    width = maps.shape[-1]
    lines = maps.reshape(*maps.shape[:2], -1)
    own, cells = lines[..., 2 * width :], lines.shape[-1]
    out[..., 0] = _products(own, np.ones(own.shape[-1], maps.dtype))
    out[..., 1] = _products(own, lines[..., 2 * width - 1 : cells - 1])
    above = as_strided(
        lines[..., width - 1 :], (3, *own.shape), (maps.itemsize, *lines.strides)
    )
    left, middle, right = _products(own, above)
    out[..., 2], out[..., 3], out[..., 4] = middle, left, right


def _wrap(sums: np.ndarray, left: np.ndarray, right: np.ndarray) -> None:
    """Lets neighbors wrap around, by the first and last columns of all maps."""
    steps = np.diff(right)
    sums[..., 1] += np.vecdot(left[..., 2:], steps[..., 1:])
    sums[..., 3] += np.vecdot(left[..., 2:], steps[..., :-1])
    sums[..., 4] -= np.vecdot(right[..., 2:], np.diff(left)[..., 1:])


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
    alpha, left, right, mean = fit(Moments(*sums), counts)
    features = np.empty((*alpha.shape[:2], 18))
    features[..., 0], features[..., 1] = alpha[..., 0], (left + right)[..., 0] / 2
    for number, part in enumerate((alpha, mean, left, right)):
        features[..., 2 + number :: 4] = part[..., 1:]
    return np.concatenate(features, axis=1)


def fit(moments: Moments, count: int | np.ndarray) -> tuple[np.ndarray, ...]:
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
