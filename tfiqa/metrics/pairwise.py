"""The P-test: whether pairs of clearly different quality are ordered correctly.

A pair is clearly different if every full-reference measure puts the same one of its
images ahead by more than 40 of 100. As in the original, these are MS-SSIM, VIF and
GMSD. The original maps them to the scale of the LIVE database; here each is mapped to
0..100 on the images under test (`on_material`), so that other pairs qualify.

Reference: Ma et al., "Waterloo Exploration Database: new challenges for image quality
assessment models", TIP 2017, section IV-C.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from tfiqa import metrics

THRESHOLD = 40.0
BLOCK = 8_000_000  # Pairs compared at once.


@dataclasses.dataclass(frozen=True)
class PTest:
    """The share of the pairs that is ordered correctly.

    Attributes:
        value: The share, 0 to 1; equal scores count as wrong.
        pairs: Number of pairs that qualify.
        scored: Number of images with a score.
        missing: Number of images without a score, which are skipped.
    """

    value: float
    pairs: int
    scored: int
    missing: int


def on_material(values: ArrayLike, *, perfect: float) -> np.ndarray:
    """Maps a measure linearly to 100 for a perfect copy and 0 for the worst image.

    Args:
        values: Values of a full-reference measure, any shape, all on one side of
            `perfect`.
        perfect: The value for a perfect copy: 1 for MS-SSIM and VIF, 0 for GMSD.

    Raises:
        ValueError: If all are perfect, or if they lie on both sides.
    """
    values = np.asarray(values, "float64")
    away = (perfect - values) if np.min(values) < perfect else (values - perfect)
    if np.min(away) < 0 or np.max(away) <= 0 or not np.isfinite(away).all():
        raise ValueError(
            f"Finite values on one side of {perfect}, not all perfect, are expected. "
            f"Received: {np.min(values)} to {np.max(values)}"
        )
    return 100.0 * (1.0 - away / np.max(away))


def p_test(
    scores: ArrayLike, qualities: Sequence[ArrayLike], *, threshold: float = THRESHOLD
) -> PTest:
    """Returns the result of the P-test over all pairs of the images.

    Args:
        scores: `(n,)`, higher is better, NaN where missing.
        qualities: One or more arrays `(n,)`, 0 to 100, higher is better.
        threshold: Minimum difference of all qualities of a pair.

    Raises:
        ValueError: If shapes do not fit, or no pair qualifies.
    """
    if not qualities:
        raise ValueError("At least one of `qualities` is expected. Received: none")
    named = {f"qualities[{i}]": quality for i, quality in enumerate(qualities)}
    columns, _, missing = metrics.complete(scores=scores, **named)
    # Descending by the first quality, so that worse images come later.
    order = np.argsort(-columns[0 if len(columns) == 1 else 1], kind="stable")
    s, first, *others = (column[order] for column in columns)
    begins = np.searchsorted(-first, threshold - first, side="right")
    pairs = right = 0
    rows = max(1, BLOCK // max(len(s), 1))
    for start in range(0, len(s), rows):
        block = slice(start, start + rows)
        begin = begins[start]  # The lowest of the block.
        clear = first[block, None] - first[None, begin:] > threshold
        for other in others:
            clear &= other[block, None] - other[None, begin:] > threshold
        pairs += int(np.count_nonzero(clear))
        right += int(np.count_nonzero(clear & (s[block, None] > s[None, begin:])))
    if not pairs:
        raise ValueError(
            f"Pairs whose qualities differ by more than {threshold:g} are expected. "
            f"Received: none among {len(s)} images"
        )
    return PTest(right / pairs, pairs, len(s), missing)
