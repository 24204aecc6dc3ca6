"""NIQE in NumPy and double precision, the same computation as in `tfiqa.layers`.

Tests compare the two. The docstrings of the layers explain each step.
"""

import functools
import math
from typing import NamedTuple

import numpy as np

from tfiqa.pixels import luma
from tfiqa.pixels.reflection import mirrored

MARGIN = 9  # See `layers.niqe_features`.
HALVING = np.array([-3, -9, 29, 111, 111, 29, -9, -3]) / 256
RESIDUE = 1e-9  # See `layers.mscn`.
FEATURES = 36


class Moments(NamedTuple):
    """Sums over samples `v`: of `|v|`, `v^2`, `v |v|`, `sign(v)` and `|sign(v)|`."""

    absolute: np.ndarray
    square: np.ndarray
    signed: np.ndarray
    sign: np.ndarray
    support: np.ndarray


def patch_features(image: np.ndarray, size: int, *, exact_zeros: bool) -> np.ndarray:
    """Returns the features of each block, `(rows * columns, 36)`.

    Args:
        image: uint8 `(height, width, 3)`, RGB, no side shorter than a block.
        size: Side of a block in pixels, even.
        exact_zeros: Whether values that can only be rounding errors become 0.
    """
    height, width, _ = image.shape
    rows, columns = height // size, width // size
    strips = []
    for row in range(rows):
        inside = row * size + np.arange(-MARGIN, size + MARGIN)
        picked = np.minimum(mirrored(inside, rows * size, np), height - 1)
        gray = _gray(image[picked, : columns * size])
        local = np.clip(inside, 0, rows * size - 1) - inside[0]
        strips.append(_strip(gray, local, row, rows, size, exact_zeros))
    return np.concatenate(strips)


def mean_features(patches: np.ndarray) -> np.ndarray:
    """Returns the mean over patches `(n, d)` without NaN, `(d,)`."""
    present = ~np.isnan(patches)
    total, count = np.where(present, patches, 0.0).sum(0), present.sum(0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def distance(
    patches: np.ndarray, mean: np.ndarray, center: np.ndarray, whitening: np.ndarray
) -> float:
    """Returns the distance to pristine images; see `layers.NIQEDistance`.

    Args:
        patches: Features `(n, 36)`; patches with a NaN are skipped.
        mean: Mean of the patches, `(36,)`.
        center: Mean of pristine patches, `(36,)`.
        whitening: Whitening matrix of pristine patches, `(36, d)`.
    """
    if np.isnan(mean).any():
        return math.nan
    z = (patches[~np.isnan(patches).any(1)] - center) @ whitening
    centered = z - z.sum(0) / max(len(z), 1)
    covariance = centered.T @ centered / max(len(z) - 1, 1)
    vector = (mean - center) @ whitening
    system = covariance + np.eye(len(covariance))
    square = 2.0 * float(vector @ np.linalg.solve(system, vector))
    return math.sqrt(max(square, 0.0))


def _gray(pixels: np.ndarray) -> np.ndarray:
    return np.floor(pixels.astype(np.float64) @ np.array(luma.MATLAB) + 0.5)


def _strip(gray, local, row, rows, size, exact_zeros) -> np.ndarray:
    """Returns the features of the blocks in one row; see `NIQEFeatures._strip`."""
    fine = _normalized(gray[local[MARGIN - 3 : 3 - MARGIN]], exact_zeros)
    half = size // 2
    inside = row * half + np.arange(-3, half + 3)
    kept = np.clip(inside, 0, rows * half - 1) - inside[0]
    coarse = _normalized(_halved(gray, kept), exact_zeros)
    return np.concatenate(
        [_statistics(_blocks(fine, size)), _statistics(_blocks(coarse, half))], axis=1
    )


def _halved(gray: np.ndarray, kept: np.ndarray) -> np.ndarray:
    rows = _every_other(gray)[kept]
    extended = np.concatenate([rows[:, 2::-1], rows, rows[:, :-4:-1]], axis=1)
    return _every_other(extended.T).T


def _every_other(lines: np.ndarray) -> np.ndarray:
    count = (len(lines) - len(HALVING)) // 2 + 1
    shifted = [lines[tap : tap + 2 * count : 2] for tap in range(len(HALVING))]
    return _mirrored_sum(HALVING, shifted)


def _normalized(planes: np.ndarray, exact_zeros: bool) -> np.ndarray:
    """Returns mean-subtracted, contrast-normalized luminance; see `layers.mscn`."""
    mean, square = _windowed(planes), _windowed(planes * planes)
    difference = planes[3:-3] - mean
    if exact_zeros:
        difference[np.abs(difference) < RESIDUE] = 0.0
    return difference / (np.sqrt(np.abs(square - mean * mean)) + 1.0)


def _windowed(planes: np.ndarray) -> np.ndarray:
    rows = _correlated(planes)
    return _correlated(np.pad(rows, [(0, 0), (3, 3)], "edge").T).T


def _correlated(lines: np.ndarray) -> np.ndarray:
    taps = _gaussian()
    count = len(lines) - len(taps) + 1
    return _mirrored_sum(taps, [lines[tap : tap + count] for tap in range(len(taps))])


def _mirrored_sum(taps: np.ndarray, shifted: list[np.ndarray]) -> np.ndarray:
    """Returns the sum of taps times samples; adds samples of equal taps first."""
    last = len(taps) - 1
    total = (shifted[0] + shifted[last]) * taps[0]
    for first in range(1, last // 2 + 1):
        left, right = shifted[first], shifted[last - first]
        total += (left + right if first < last - first else left) * taps[first]
    return total


@functools.cache
def _gaussian() -> np.ndarray:
    offsets = np.arange(7) - 3
    samples = np.exp(-(offsets**2) / (2 * (7 / 6) ** 2))
    return samples / samples.sum()


def _blocks(plane: np.ndarray, size: int) -> np.ndarray:
    """Returns `(columns, size, size)` of a plane `(size, columns * size)`."""
    return plane.reshape(size, -1, size).transpose(1, 0, 2)


def _statistics(blocks: np.ndarray) -> np.ndarray:
    """Returns the 18 statistics of each block; see `layers.natural_statistics`."""
    upper = np.roll(blocks, 1, 1)
    neighbors = (
        np.roll(blocks, 1, 2),
        upper,
        np.roll(upper, 1, 2),
        np.roll(upper, -1, 2),
    )
    samples = [blocks, *(blocks * neighbor for neighbor in neighbors)]
    each = [_moments(sample.reshape(len(blocks), -1)) for sample in samples]
    stacked = Moments(*(np.stack(part, axis=1) for part in zip(*each, strict=True)))
    alpha, left, right, mean = _fit(stacked, blocks[0].size)
    single = [alpha[:, :1], (left + right)[:, :1] / 2]
    products = np.stack([part[:, 1:] for part in (alpha, mean, left, right)], axis=2)
    return np.concatenate([*single, products.reshape(-1, 16)], axis=1)


def _moments(values: np.ndarray) -> Moments:
    absolute, sign = np.abs(values), np.sign(values)
    return Moments(
        absolute.sum(1),
        (values * values).sum(1),
        (values * absolute).sum(1),
        sign.sum(1),
        np.abs(sign).sum(1),
    )


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
