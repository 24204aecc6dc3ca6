"""NIQE in NumPy and double precision, the same computation as in `tfiqa.layers`.

Tests compare the two. The docstrings of the layers explain each step.
"""

import functools
import math

import numpy as np

from tfiqa.pixels import luma
from tfiqa.pixels.reflection import mirrored
from tfiqa.scoring.runtimes.natural_statistics import moments_of
from tfiqa.scoring.runtimes.natural_statistics import natural_statistics

MARGIN = 9  # See `layers.niqe_features`.
HALVING = np.array([-3, -9, 29, 111, 111, 29, -9, -3]) / 256
RESIDUE = 1e-9  # See `layers.mscn`.
# Rows of blocks that are halved together: few calls of NumPy, for each of which threads
# wait for one another, on arrays that still fit into the cache.
GROUP = 4


def patch_features(image: np.ndarray, size: int, *, exact_zeros: bool) -> np.ndarray:
    """Returns the features of each block, `(rows * columns, 36)`.

    Args:
        image: uint8 `(height, width, 3)`, RGB, no side shorter than a block.
        size: Side of a block in pixels, even.
        exact_zeros: Whether values that can only be rounding errors become 0.
    """
    height, width, _ = image.shape
    rows, columns = height // size, width // size
    fine, coarse = [], []
    for first in range(0, rows, GROUP):
        count = min(GROUP, rows - first)
        inside = first * size + np.arange(-MARGIN, count * size + MARGIN)
        picked = np.minimum(mirrored(inside, rows * size, np), height - 1)
        gray = _gray(image[picked, : columns * size])
        # Rows that extend the image by its border instead.
        local = np.clip(inside, 0, rows * size - 1) - inside[0]
        for start in range(MARGIN, count * size + MARGIN, size):
            values = _normalized(gray[local[start - 3 : start + size + 3]], exact_zeros)
            fine.append(moments_of(values, size))
        values = _normalized(
            _halved(gray, _kept(first, count, rows, size // 2)), exact_zeros
        )
        coarse.append(moments_of(values, size // 2))
    statistics = [
        natural_statistics(np.concatenate(moments, axis=1), side * side)
        for moments, side in ((fine, size), (coarse, size // 2))
    ]
    return np.concatenate(statistics, axis=1)


def _kept(first: int, count: int, rows: int, half: int) -> np.ndarray:
    """Returns the rows of a half that extend it by its border."""
    inside = first * half + np.arange(-3, count * half + 3)
    return np.clip(inside, 0, rows * half - 1) - inside[0]


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


def _halved(gray: np.ndarray, kept: np.ndarray) -> np.ndarray:
    rows = _correlated(gray, HALVING, step=2)[kept]
    turned = _turned(rows, len(HALVING) // 2 - 1)
    turned[:3], turned[-3:] = turned[5:2:-1], turned[-4:-7:-1]  # Mirrored.
    return np.ascontiguousarray(_correlated(turned, HALVING, step=2).T)


def _normalized(planes: np.ndarray, exact_zeros: bool) -> np.ndarray:
    """Returns normalized luminance, transposed; see `layers.mscn`."""
    mean, deviation = _windowed(planes), _windowed(planes * planes)
    values = np.subtract(planes[3:-3].T, mean, out=np.empty_like(mean))
    if exact_zeros:
        residue = np.abs(values) < RESIDUE
        if residue.any():
            values[residue] = 0.0
    mean *= mean
    deviation -= mean
    np.sqrt(np.abs(deviation, out=deviation), out=deviation)
    deviation += 1.0
    values /= deviation
    return values


def _windowed(planes: np.ndarray) -> np.ndarray:
    """Returns means under the Gaussian window, transposed."""
    turned = _turned(_correlated(planes, _gaussian()), 3)
    turned[:3], turned[-3:] = turned[3], turned[-4]
    return _correlated(turned, _gaussian())


def _turned(planes: np.ndarray, margin: int) -> np.ndarray:
    """Returns planes transposed, with empty lines before and after.

    A copy, since lines are added faster than columns.
    """
    height, width = planes.shape
    turned = np.empty((width + 2 * margin, height))
    turned[margin:-margin] = planes.T
    return turned


def _correlated(lines: np.ndarray, taps: np.ndarray, step: int = 1) -> np.ndarray:
    """Returns every `step`-th correlation along the first axis.

    Samples of equal taps are added first.
    """
    last = len(taps) - 1
    count = (len(lines) - len(taps)) // step + 1
    shifted = [lines[tap:][: step * count : step] for tap in range(len(taps))]
    total = shifted[0] + shifted[last]
    total *= taps[0]
    term = np.empty_like(total)
    for first in range(1, last // 2 + 1):
        if first < last - first:
            np.add(shifted[first], shifted[last - first], out=term)
            term *= taps[first]
        else:
            np.multiply(shifted[first], taps[first], out=term)
        total += term
    return total


@functools.cache
def _gaussian() -> np.ndarray:
    offsets = np.arange(7) - 3
    samples = np.exp(-(offsets**2) / (2 * (7 / 6) ** 2))
    return samples / samples.sum()
