"""The 18 statistics of normalized luminance in a block, in NumPy.

The same computation as in `tfiqa.layers.natural_statistics`, in double precision.
"""

import functools
import math
from typing import NamedTuple

import numpy as np


class Moments(NamedTuple):
    """Sums over samples `v`: of `|v|`, `v^2`, `v |v|`, `sign(v)` and `|sign(v)|`."""

    absolute: np.ndarray
    square: np.ndarray
    signed: np.ndarray
    sign: np.ndarray
    support: np.ndarray


def moments_of(plane: np.ndarray, size: int) -> np.ndarray:
    """Returns moments of values and of their products with neighbors.

    Neighbors wrap around within their block.

    Args:
        plane: `(columns * size, rows * size)`, transposed.
        size: Side of a block.

    Returns:
        `(5, rows * columns, 5)`: the sums of `Moments` of each block, row by row; the
        samples are the values and their products with the left, upper, upper left and
        upper right neighbors.
    """
    # Blocks are transposed, so left and upper change places. With one row above and one
    # column on either side, in the flat block a neighbor is a fixed step away. Zeros
    # outside of the block do not change the moments.
    blocks = plane.reshape(len(plane) // size, size, -1, size).transpose(2, 0, 1, 3)
    width, count = size + 2, plane.size // size**2
    around = np.empty((count, size + 1, width))
    around[:, 1:, 1:-1] = blocks.reshape(count, size, size)
    around[:, 0] = around[:, -1]
    around[:, :, 0], around[:, :, -1] = around[:, :, -2], around[:, :, 1]
    own = np.zeros_like(around)
    own[:, 1:, 1:-1] = around[:, 1:, 1:-1]
    first, cells = width + 1, (size + 1) * width - 1
    own, around = (part.reshape(count, -1) for part in (own, around))
    own = own[:, first:cells]
    sums = np.empty((5, count, 5))
    buffers = np.empty_like(own), np.empty(own.shape, bool), np.ones(own.shape[1])
    _sum_up(own, buffers, sums[:, :, 0])
    product = np.empty_like(own)
    for sample, step in enumerate((width, 1, width + 1, width - 1), start=1):
        np.multiply(own, around[:, first - step : cells - step], out=product)
        _sum_up(product, buffers, sums[:, :, sample])
    return sums


def _sum_up(values: np.ndarray, buffers, sums: np.ndarray) -> None:
    """Writes the `Moments` of samples `(n, values)` into `sums` `(5, n)`.

    `buffers` are overwritten, but for the last one, which holds ones.
    """
    absolute, mask, ones = buffers
    np.abs(values, out=absolute)
    np.vecdot(absolute, ones, out=sums[0])
    np.vecdot(values, values, out=sums[1])
    np.vecdot(values, absolute, out=sums[2])
    np.greater(absolute, 0.0, out=mask)
    sums[4] = [np.count_nonzero(line) for line in mask]
    np.greater(values, 0.0, out=mask)
    sums[3] = 2.0 * np.array([np.count_nonzero(line) for line in mask]) - sums[4]


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
