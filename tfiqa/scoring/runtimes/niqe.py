"""NIQE in NumPy and double precision, the same computation as in `tfiqa.layers`.

Tests compare the two. The docstrings of the layers explain each step.
"""

import functools
import math

import numpy as np

from tfiqa.pixels.reflection import mirrored
from tfiqa.scoring.runtimes import luminance
from tfiqa.scoring.runtimes.natural_statistics import natural_statistics
from tfiqa.scoring.runtimes.natural_statistics import sums_of
from tfiqa.scoring.runtimes.scratch import Scratch

MARGIN = 9  # See `layers.niqe_features`.
# Rows of blocks that are halved together, and pixels that are normalized together: few
# calls of NumPy, for each of which threads wait for one another, on arrays that still
# fit into the cache.
GROUP = 4
PIXELS = 100_000


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
    normalized = functools.partial(
        luminance.normalized, exact_zeros=exact_zeros, scratch=scratch
    )
    height, width, _ = image.shape
    rows, columns = height // size, width // size
    some = max(PIXELS // (columns * size * size), 1)
    fine, coarse = [], []
    for first in range(0, rows, GROUP):
        count = min(GROUP, rows - first)
        inside = first * size + np.arange(-MARGIN, count * size + MARGIN)
        picked = np.minimum(mirrored(inside, rows * size, np), height - 1)
        gray = luminance.gray_levels(image[:, : columns * size], picked, scratch)
        # Rows that extend the image by its border instead.
        local = np.clip(inside, 0, rows * size - 1) - inside[0]
        for start in range(0, count, some):
            end = min(start + some, count) * size
            strip = local[MARGIN + start * size - 3 : MARGIN + end + 3]
            values = normalized(gray, strip)
            fine.append(sums_of(values, size, scratch))
        half = luminance.halved(gray, scratch)
        values = normalized(half, _kept(first, count, rows, size // 2))
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
