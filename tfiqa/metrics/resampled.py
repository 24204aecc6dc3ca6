"""Rank correlations of many resamples at once, without sorting any of them.

A resample draws images with replacement. The rank of an image in it follows from how
often each image was drawn and from the order of the original set, so one sort serves
all resamples.
"""

import numpy as np


def srocc_of_draws(
    draws: np.ndarray, predictions: np.ndarray, mos: np.ndarray
) -> np.ndarray:
    """Returns the SROCC of each resample, NaN where it is undefined.

    Args:
        draws: Row indices of the images drawn, `(resamples, n)`.
        predictions: float64 `(n,)`, finite.
        mos: float64 `(n,)`, finite.
    """
    times = counts(draws, len(mos))
    return correlation(times, ranks(times, predictions), ranks(times, mos))


def counts(draws: np.ndarray, n: int) -> np.ndarray:
    """Returns how often each image was drawn, float64 `(resamples, n)`."""
    rows = np.arange(len(draws))[:, None] * n
    flat = np.bincount((draws + rows).ravel(), minlength=len(draws) * n)
    return flat.reshape(len(draws), n).astype("float64")


def ranks(times: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Returns the centered average ranks of the images in each resample.

    Args:
        times: Result of `counts`, `(resamples, n)`.
        values: Values to rank, `(n,)`.

    Returns:
        float64 `(resamples, n)`, rank minus (n + 1) / 2. Entries of images that were
        not drawn are meaningless.
    """
    order = np.argsort(values, kind="stable")
    ascending = values[order]
    first = np.searchsorted(ascending, values, side="left")
    last = np.searchsorted(ascending, values, side="right")
    below = np.zeros((len(times), len(values) + 1))
    np.cumsum(times[:, order], axis=1, out=below[:, 1:])
    return (below[:, first] + below[:, last] - len(values)) / 2


def correlation(times: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Returns the correlation of centered ranks, each weighted by its count."""
    weighted = times * x
    covariance = np.sum(weighted * y, axis=1)
    variances = np.sum(weighted * x, axis=1), np.sum(times * np.square(y), axis=1)
    scale = np.sqrt(variances[0]) * np.sqrt(variances[1])
    defined = scale > 0
    quotient = covariance / np.where(defined, scale, 1.0)
    return np.where(defined, np.clip(quotient, -1.0, 1.0), np.nan)


def krocc_of_draws(
    draws: np.ndarray, predictions: np.ndarray, mos: np.ndarray
) -> np.ndarray:
    """Returns Kendall's tau-b of each resample, NaN where it is undefined.

    Args:
        draws: Row indices of the images drawn, `(resamples, n)`.
        predictions: float64 `(n,)`, finite.
        mos: float64 `(n,)`, finite.
    """
    order = np.lexsort((mos, predictions))
    times = counts(draws, len(mos))[:, order]
    x, y = (dense_ranks(values[order]) for values in (predictions, mos))
    ties = [tied_pairs(times, key) for key in (x, y, x * len(y) + y)]
    pairs = len(y) * (len(y) - 1) / 2
    agreement = pairs - ties[0] - ties[1] + ties[2] - 2 * inversions(times, y)
    scale = np.sqrt(pairs - ties[0]) * np.sqrt(pairs - ties[1])
    defined = scale > 0
    return np.where(defined, agreement / np.where(defined, scale, 1.0), np.nan)


def dense_ranks(values: np.ndarray) -> np.ndarray:
    """Returns the rank of each value among the distinct values, from 0, `(n,)`."""
    return np.unique(values, return_inverse=True)[1]


def tied_pairs(times: np.ndarray, key: np.ndarray) -> np.ndarray:
    """Returns how many pairs of draws share a key, `(resamples,)`."""
    order = np.argsort(key, kind="stable")
    begins = np.flatnonzero(np.diff(key[order], prepend=-1))
    sizes = np.add.reduceat(times[:, order], begins, axis=1)
    return np.sum(sizes * (sizes - 1), axis=1) / 2


def inversions(times: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """Returns how many pairs of draws have the larger rank first, `(resamples,)`.

    The highest binary digit in which two ranks differ orders them. Digit by digit,
    among ranks with equal higher digits, draws with a 0 are paired with earlier draws
    with a 1.

    Args:
        times: How often each image was drawn, `(resamples, n)`.
        ranks: Integers from 0, `(n,)`.
    """
    columns = np.ascontiguousarray(times.T)  # The counts of an image are contiguous.
    total = np.zeros(len(times))
    for digit in range(int(np.max(ranks)).bit_length()):
        order = np.argsort(ranks >> (digit + 1), kind="stable")
        group, is_one = ranks[order] >> (digit + 1), ranks[order] >> digit & 1 == 1
        drawn = columns[order]
        ones = np.zeros((len(ranks) + 1, len(times)))
        np.cumsum(drawn * is_one[:, None], axis=0, out=ones[1:])
        zeros, begins = np.flatnonzero(~is_one), np.searchsorted(group, group)
        before = ones[zeros] - ones[begins[zeros]]
        total += np.einsum("nr,nr->r", drawn[zeros], before)
    return total
