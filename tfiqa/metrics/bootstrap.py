"""Percentile bootstrap intervals of any metric of predictions against MOS."""

import numpy as np
from numpy.typing import ArrayLike

from tfiqa.metrics.agreement import ROWS
from tfiqa.metrics.agreement import Metric
from tfiqa.metrics.agreement import krocc
from tfiqa.metrics.agreement import paired
from tfiqa.metrics.agreement import srocc
from tfiqa.metrics.resampled import krocc_of_draws
from tfiqa.metrics.resampled import srocc_of_draws

BLOCK = 500_000  # Values drawn at once: 4 MB, which fit into CPU caches.
RESAMPLES = 10_000
# Metrics that need to know only how often each image was drawn.
_OF_DRAWS = {srocc: srocc_of_draws, krocc: krocc_of_draws}


def bootstrap_interval(
    metric: Metric,
    predictions: ArrayLike,
    mos: ArrayLike,
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[float, float]:
    """Returns the percentile interval of a metric over resampled images.

    Args:
        metric: Function from two arrays of shape `(n,)` to one float.
        predictions: One prediction per image, `(n,)`.
        mos: One MOS per image, `(n,)`.
        level: Share of the resamples inside the interval, between 0 and 1.
        resamples: Number of resamples of n images, drawn with replacement.
        seed: Seed of the draws; the same seed gives the same interval.

    Returns:
        Lower and upper end. Both are NaN if the metric is undefined in any resample,
        since an interval over the remaining ones would be too narrow.
    """
    if not 0 < level < 1:
        raise ValueError(f"0 < level < 1 is expected. Received: level={level}")
    if resamples < 1:
        raise ValueError(f"resamples >= 1 is expected. Received: resamples={resamples}")
    pair = paired(predictions, mos)
    values = _resampled(metric, *pair, resamples, np.random.default_rng(seed))
    if not np.all(np.isfinite(values)):
        return float("nan"), float("nan")
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _resampled(metric, predictions, mos, resamples, random) -> np.ndarray:
    """Returns the metric of every resample, `(resamples,)`."""
    n = mos.size
    rows = max(1, BLOCK // n)
    values = []
    for start in range(0, resamples, rows):
        draws = random.integers(n, size=(min(rows, resamples - start), n))
        if metric in _OF_DRAWS:
            values.append(_OF_DRAWS[metric](draws, predictions, mos))
            continue
        x, y = predictions[draws], mos[draws]
        if metric in ROWS:
            values.append(ROWS[metric](x, y))
        else:
            values.append([metric(*pair) for pair in zip(x, y, strict=True)])
    return np.concatenate(values)
