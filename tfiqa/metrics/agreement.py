"""Rank correlation, linear correlation and error of predictions against MOS.

Every metric takes one prediction and one MOS per image, both of shape `(n,)`, and
returns one float. Correlations lie in `[-1, 1]`; 1 is best. A correlation with a
constant is NaN. Values that are not finite raise an error; they are never dropped
silently.
"""

from collections.abc import Callable

import numpy as np
import scipy.stats
from numpy.typing import ArrayLike

Metric = Callable[[ArrayLike, ArrayLike], float]


def srocc(predictions: ArrayLike, mos: ArrayLike) -> float:
    """Returns Spearman's rank correlation; ties share their average rank."""
    return float(_srocc_rows(*paired(predictions, mos)))


def plcc(predictions: ArrayLike, mos: ArrayLike) -> float:
    """Returns Pearson's linear correlation of the raw predictions, without a fit."""
    return float(_plcc_rows(*paired(predictions, mos)))


def krocc(predictions: ArrayLike, mos: ArrayLike) -> float:
    """Returns Kendall's rank correlation tau-b, which corrects for ties."""
    x, y = paired(predictions, mos)
    if x.size < 2:  # SciPy warns.
        return float("nan")
    return float(scipy.stats.kendalltau(x, y).statistic)


def rmse(predictions: ArrayLike, mos: ArrayLike) -> float:
    """Returns the root of the mean squared error, in MOS units; 0 is best."""
    return float(_rmse_rows(*paired(predictions, mos)))


def paired(predictions: ArrayLike, mos: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Returns both as float64 `(n,)`; raises `ValueError` if they do not match."""
    pair = np.asarray(predictions, "float64"), np.asarray(mos, "float64")
    if pair[0].ndim != 1 or pair[0].shape != pair[1].shape or not pair[0].size:
        raise ValueError(
            "`predictions` and `mos` of the same shape `(n,)`, n >= 1, are expected. "
            f"Received: predictions.shape={pair[0].shape}, mos.shape={pair[1].shape}"
        )
    for name, values in zip(("predictions", "mos"), pair, strict=True):
        bad = np.count_nonzero(~np.isfinite(values))
        if bad:
            raise ValueError(
                f"Finite `{name}` are expected. "
                f"Received: {bad} of {values.size} are NaN or infinite"
            )
    return pair


def _srocc_rows(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    ranks = scipy.stats.rankdata(x, axis=-1), scipy.stats.rankdata(y, axis=-1)
    return _plcc_rows(*ranks)


def _plcc_rows(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    constant = (np.ptp(x, axis=-1) == 0) | (np.ptp(y, axis=-1) == 0)
    x, y = _standardized(x), _standardized(y)
    correlation = np.clip(np.sum(x * y, axis=-1), -1.0, 1.0)
    return np.where(constant, np.nan, correlation)


def _standardized(x: np.ndarray) -> np.ndarray:
    # Scaled to at most 1 first, so that no square overflows or underflows.
    x = x - np.mean(x, axis=-1, keepdims=True)
    x = x / np.maximum(np.max(np.abs(x), axis=-1, keepdims=True), 1e-300)
    return x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-300)


def _rmse_rows(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.sqrt(np.mean(np.square(x - y), axis=-1))


# Metrics that also take many rows `(rows, n)` at once, without input checks.
ROWS: dict[Metric, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    srocc: _srocc_rows,
    plcc: _plcc_rows,
    rmse: _rmse_rows,
}
