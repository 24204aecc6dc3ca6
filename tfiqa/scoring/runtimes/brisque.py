"""BRISQUE in NumPy and double precision, the same computation as in `tfiqa.layers`.

Tests compare the two. The docstrings of the layers explain each step.
"""

import numpy as np

from tfiqa.pixels.reflection import mirrored
from tfiqa.scoring.runtimes import luminance
from tfiqa.scoring.runtimes.natural_statistics import Moments
from tfiqa.scoring.runtimes.natural_statistics import deviations
from tfiqa.scoring.runtimes.natural_statistics import fit
from tfiqa.scoring.runtimes.natural_statistics import sums_below
from tfiqa.scoring.runtimes.natural_statistics import symmetric_shape
from tfiqa.scoring.runtimes.scratch import Scratch

# Rows processed at once, even: a group fits into the cache.
STRIP = 96
MARGIN = 9  # Rows beyond a strip that its half scale, with its window, needs.


def features(
    image: np.ndarray, *, exact_zeros: bool, scratch: Scratch | None = None
) -> np.ndarray:
    """Returns the features of variant `"ut"`, `(36,)`; see `layers.BRISQUEFeatures`.

    Args:
        image: uint8 `(height, width, 3)`, RGB, no side shorter than 4 pixels.
        exact_zeros: Whether values that can only be rounding errors become 0.
        scratch: Memory for images that follow one another; new when None.
    """
    scratch = scratch or Scratch()
    height, width, _ = image.shape
    fine = _Sums(height, width, exact_zeros, scratch)
    coarse = _Sums((height + 1) // 2, (width + 1) // 2, exact_zeros, scratch)
    for top in range(0, height, STRIP):
        count = min(STRIP, height - top)
        even = count + count % 2
        rows = top + np.arange(-MARGIN, even + MARGIN)
        gray = luminance.gray_levels(image, mirrored(rows, height, np), scratch)
        around = MARGIN - luminance.REACH
        fine.add(gray[around : around + count + 2 * luminance.REACH], top)
        coarse.add(luminance.halved(gray, scratch), top // 2)
    return np.concatenate([fine.features(), coarse.features()])


def regress(
    features: np.ndarray, weights: dict[str, np.ndarray], gamma: float
) -> float:
    """Returns the regression of features `(36,)`.

    Args:
        features: See `features`.
        weights: Those of `layers.FeatureScaling` and `layers.SupportVectors`, by layer
            and name, such as `"scaling/offset"`.
        gamma: See `layers.SupportVectors`.
    """
    x = features * weights["scaling/scale"] + weights["scaling/offset"]
    vectors = weights["support_vectors/vectors"]
    squares = x @ x + np.vecdot(vectors, vectors) - 2.0 * (vectors @ x)
    coefficients = weights["support_vectors/coefficients"][:, 0]
    near = np.exp(-gamma * squares)
    return float(near @ coefficients + weights["support_vectors/bias"][0])


class _Sums:
    """Sums up the moments of one scale, strip by strip from the top.

    Products of neighbors wrap around the image.
    """

    def __init__(self, height: int, width: int, exact_zeros: bool, scratch: Scratch):
        self._height, self._width = height, width
        self._exact_zeros, self._scratch = exact_zeros, scratch
        self._sums = np.zeros((5, 5))
        self._above = np.zeros(width)  # The last row that was added.
        self._first = self._above

    def add(self, gray: np.ndarray, top: int) -> None:
        """Adds a strip.

        Args:
            gray: `(n + 6, width)` for a strip of `n` rows.
            top: Its first row.
        """
        rows = np.arange(len(gray))
        inside = top - luminance.REACH + rows
        values = luminance.normalized(
            gray,
            rows,
            exact_zeros=self._exact_zeros,
            scratch=self._scratch,
            blank=(inside < 0) | (inside >= self._height),
        )
        self._sums += sums_below(self._above, values, self._scratch)
        self._above = values[-1].copy()
        if top == 0:
            self._first = values[0].copy()

    def features(self) -> np.ndarray:
        """Returns the 18 features of this scale, after its last strip."""
        # Above the first row lies the last one; until now, these products were 0.
        first = sums_below(self._above, self._first[None], self._scratch)
        self._sums[:, 2:] += first[:, 2:]
        moments, count = Moments(*self._sums), self._height * self._width
        alpha, _, _, mean = fit(moments, count)
        squares = [side**2 for side in deviations(moments)]
        own = Moments(*(part[:1] for part in moments))
        single = [symmetric_shape(own, count), own.square / count]
        products = np.stack([part[1:] for part in (alpha, mean, *squares)], axis=1)
        return np.concatenate([*single, products.ravel()])
