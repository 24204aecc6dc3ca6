"""Agreement between two columns of scores, with NaN and ties handled.

Scores are on a scale of 0 to 100. Scores of the first column that differ by at most
`TIE` count as equal.
"""

import numpy as np

from tfiqa import metrics

TIE = 2e-3  # Each of two scores may be off by half of this, which can swap them.


def largest_difference(
    expected: np.ndarray, received: np.ndarray, *, nan: bool
) -> float:
    """Returns the largest difference, or infinity if only one side is NaN.

    Args:
        expected: `(n,)`, NaN for flat images.
        received: `(n,)`.
        nan: Whether `received` must be NaN for flat images too.
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
    """Returns Pearson, SROCC (ties of the first averaged), and the share of new ties.

    A new tie is a pair that is equal in the second column but not in the first.
    """
    if len(expected) < 2 or np.ptp(received) == 0:
        return float("nan"), float("nan"), 1.0
    merged_expected, merged_received = _ties_averaged(expected, received)
    pairs = np.triu_indices(len(expected), 1)
    tied = (received[:, None] == received)[pairs]
    different = (np.abs(expected[:, None] - expected) > TIE)[pairs]
    pearson = float(np.corrcoef(expected, received)[0, 1])
    return (
        pearson,
        metrics.srocc(merged_expected, merged_received),
        float(np.mean(tied & different)),
    )


def _ties_averaged(expected: np.ndarray, received: np.ndarray):
    """Replaces scores that are tied in the first column by their mean, in both."""
    order = np.argsort(expected)
    starts_group = np.diff(expected[order], prepend=expected[order[0]]) > TIE
    groups = np.empty(len(expected), int)
    groups[order] = np.cumsum(starts_group)
    sizes = np.bincount(groups)
    return tuple(
        (np.bincount(groups, values) / sizes)[groups] for values in (expected, received)
    )
