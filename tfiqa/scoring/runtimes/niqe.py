"""NIQE in NumPy and double precision, the same computation as in `tfiqa.layers`.

Tests compare the two. The docstrings of the layers explain each step.
"""

import functools
import math

import numpy as np

from tfiqa.pixels import luma
from tfiqa.pixels.reflection import mirrored
from tfiqa.scoring.runtimes.correlation import correlate
from tfiqa.scoring.runtimes.natural_statistics import natural_statistics
from tfiqa.scoring.runtimes.natural_statistics import sums_of
from tfiqa.scoring.runtimes.scratch import Scratch

MARGIN = 9  # See `layers.niqe_features`.
HALVING = tuple(tap / 256 for tap in (-3, -9, 29, 111, 111, 29, -9, -3))
RESIDUE = 1e-9  # See `layers.mscn`.
# Rows of blocks that are halved together, and pixels that are normalized together: few
# calls of NumPy, for each of which threads wait for one another, on arrays that still
# fit into the cache.
GROUP = 4
PIXELS = 100_000
FEW = 32  # Rows of pixels that become gray together.


def patch_features(
    image: np.ndarray,
    size: int,
    *,
    exact_zeros: bool,
    scratch: Scratch | None = None,
) -> np.ndarray:
    """Returns the features of each block, `(rows * columns, 36)`.

    Args:
        image: uint8 `(height, width, 3)`, RGB, no side shorter than a block.
        size: Side of a block in pixels, even.
        exact_zeros: Whether values that can only be rounding errors become 0.
        scratch: Memory for images that follow one another; new when None.
    """
    scratch = scratch or Scratch()
    height, width, _ = image.shape
    rows, columns = height // size, width // size
    some = max(PIXELS // (columns * size * size), 1)
    fine, coarse = [], []
    for first in range(0, rows, GROUP):
        count = min(GROUP, rows - first)
        inside = first * size + np.arange(-MARGIN, count * size + MARGIN)
        picked = np.minimum(mirrored(inside, rows * size, np), height - 1)
        gray = _gray(image[:, : columns * size], picked, scratch)
        # Rows that extend the image by its border instead.
        local = np.clip(inside, 0, rows * size - 1) - inside[0]
        for start in range(0, count, some):
            end = min(start + some, count) * size
            strip = local[MARGIN + start * size - 3 : MARGIN + end + 3]
            values = _normalized(gray, strip, exact_zeros, scratch)
            fine.append(sums_of(values, size, scratch))
        half = _halved(gray, scratch)
        kept = _kept(first, count, rows, size // 2)
        values = _normalized(half, kept, exact_zeros, scratch)
        coarse.append(sums_of(values, size // 2, scratch))
    return natural_statistics([(fine, size), (coarse, size // 2)])


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


def _gray(image: np.ndarray, rows: np.ndarray, scratch: Scratch) -> np.ndarray:
    """Returns gray levels of some rows of an image; see `layers.NIQEFeatures`."""
    gray = scratch.array("gray", (len(rows), image.shape[1]))
    for first in range(0, len(rows), FEW):
        some = slice(first, first + FEW)
        pixels = image[rows[some]]
        levels = scratch.array("levels", pixels.shape)
        levels[...] = pixels
        np.matmul(levels, np.array(luma.MATLAB), out=gray[some])
    gray += 0.5
    return np.floor(gray, out=gray)


def _halved(gray: np.ndarray, scratch: Scratch) -> np.ndarray:
    """Returns a strip at half its size, without the rows that the filter lacks."""
    height, width = gray.shape
    count = (height - len(HALVING)) // 2 + 1
    wide = scratch.array("wide", (1, count, width + 6))
    correlate(gray[None], HALVING, wide[:, :, 3:-3], axis=1, step=2)
    wide[:, :, :3], wide[:, :, -3:] = wide[:, :, 5:2:-1], wide[:, :, -4:-7:-1]
    half = scratch.array("half", (1, count, width // 2))
    correlate(wide, HALVING, half, axis=2, step=2)
    return half[0]


def _normalized(
    plane: np.ndarray, rows: np.ndarray, exact_zeros: bool, scratch: Scratch
) -> np.ndarray:
    """Returns normalized luminance; see `layers.mscn`.

    Args:
        plane: `(height, width)`.
        rows: Rows of `plane` to use, `n + 6` for `n` rows of the result.
        exact_zeros: See `patch_features`.
        scratch: Holds the result until it is used again.
    """
    count, width = len(rows) - 6, plane.shape[1]
    both = scratch.array("both", (2, count + 6, width))
    plane.take(rows, axis=0, out=both[0], mode="clip")
    np.multiply(both[0], both[0], out=both[1])
    wide = scratch.array("wide", (2, count, width + 6))
    correlate(both, _gaussian(), wide[:, :, 3:-3], axis=1)
    wide[:, :, :3], wide[:, :, -3:] = wide[:, :, 3:4], wide[:, :, -4:-3]
    mean, deviation = means = scratch.array("means", (2, count, width))
    correlate(wide, _gaussian(), means, axis=2)
    values, magnitudes = both[:, 3:-3]
    values -= mean
    if exact_zeros:
        np.abs(values, out=magnitudes)
        if magnitudes.min() < RESIDUE:
            values[magnitudes < RESIDUE] = 0.0
    mean *= mean
    deviation -= mean
    np.sqrt(np.abs(deviation, out=deviation), out=deviation)
    deviation += 1.0
    values /= deviation
    return values


@functools.cache
def _gaussian() -> tuple[float, ...]:
    offsets = np.arange(7) - 3
    samples = np.exp(-(offsets**2) / (2 * (7 / 6) ** 2))
    return tuple((samples / samples.sum()).tolist())
