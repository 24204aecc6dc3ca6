"""How two columns of scores agree, NaN and ties considered.

Scores are on a scale of 0 to 100. Those of the first column that lie within `TIE` count
as one score.
"""

import numpy as np

from tfiqa import metrics

TIE = 2e-3  # Two scores may each be off by half of this, and change places.


def largest(expected: np.ndarray, received: np.ndarray, *, nan: bool) -> float:
    """Returns the largest difference; infinite where one side alone is NaN.

    Args:
        expected: `(n,)`, NaN for flat pictures.
        received: `(n,)`.
        nan: Whether `received` must be NaN for flat pictures too.
    """
    is_flat = np.isnan(expected)
    if np.any(~is_flat & np.isnan(received)):
        return float("inf")
    if nan and np.any(is_flat & ~np.isnan(received)):
        return float("inf")
    return float(np.max(np.abs(expected - received)[~is_flat], initial=0.0))


def correlations(
    expected: np.ndarray, received: np.ndarray
) -> tuple[float, float, float]:
    """Returns Pearson, SROCC with ties of the first aside, and the share of new ties.

    A new tie is a pair that has one score in the second and two in the first.
    """
    if len(expected) < 2 or np.ptp(received) == 0:
        return float("nan"), float("nan"), 1.0
    one, other = _without_ties(expected, received)
    pairs = np.triu_indices(len(expected), 1)
    tied = (received[:, None] == received)[pairs]
    different = (np.abs(expected[:, None] - expected) > TIE)[pairs]
    pearson = float(np.corrcoef(expected, received)[0, 1])
    return pearson, metrics.srocc(one, other), float(np.mean(tied & different))


def _without_ties(expected: np.ndarray, received: np.ndarray):
    """Returns both with the mean of what lies within `TIE` in the first."""
    order = np.argsort(expected)
    steps = np.diff(expected[order], prepend=expected[order[0]]) > TIE
    groups = np.empty(len(expected), int)
    groups[order] = np.cumsum(steps)
    sizes = np.bincount(groups)
    return tuple(
        (np.bincount(groups, values) / sizes)[groups] for values in (expected, received)
    )
