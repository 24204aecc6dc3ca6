"""Whether one method agrees better with the MOS than another on the same images.

There are two tests. The usual one is the ratio of the variances of the residuals after
the logistic fit, under the F distribution; it assumes normal and independent residuals,
which their kurtosis may contradict. The paired bootstrap of the difference in SROCC
assumes neither.

Reference:
    Sheikh et al., "A statistical evaluation of recent full reference image quality
    assessment algorithms", TIP 2006, section IV (F-test, kurtosis between 2 and 4).
"""

import dataclasses

import numpy as np
import scipy.stats
from numpy.typing import ArrayLike

from tfiqa.metrics import resampled
from tfiqa.metrics.agreement import paired
from tfiqa.metrics.logistic import fit_logistic

BLOCK = 2_000_000  # Ranks held at once: a few arrays of 16 MB each.
NORMAL_KURTOSIS = (2.0, 4.0)


@dataclasses.dataclass(frozen=True)
class VarianceRatio:
    """The F-test on residuals.

    Attributes:
        ratio: Variance of the residuals of the first method divided by that of the
            second; below 1 the first is better.
        p_value: Two-sided p-value of equal variances.
        verdict: 1 if the first is significantly better, -1 if it is worse, else 0.
        normal: Whether the residuals of both have a kurtosis between 2 and 4, as the
            test assumes.
    """

    ratio: float
    p_value: float
    verdict: int
    normal: bool


@dataclasses.dataclass(frozen=True)
class Difference:
    """The paired bootstrap of SROCC of the first minus SROCC of the second method.

    Attributes:
        value: Difference on the images themselves.
        low: Lower end of the percentile interval, NaN where it is undefined.
        high: Upper end.
        p_value: Two-sided p-value of no difference, never below 1 / resamples.
        verdict: 1 if the interval lies above 0, -1 if below, else 0.
    """

    value: float
    low: float
    high: float
    p_value: float
    verdict: int


def variance_ratio_test(
    residuals: ArrayLike, other_residuals: ArrayLike, *, level: float = 0.95
) -> VarianceRatio:
    """Returns the two-sided F-test of the variances of residuals.

    Args:
        residuals: Residuals of the first method, `(n,)`; see `compare_residuals`.
        other_residuals: Residuals of the second method, `(m,)`, on the same images.
        level: Confidence level; usually 0.95.

    Raises:
        ValueError: If a method has fewer than 3 residuals, if some are not finite, or
            if those of both methods are constant.
    """
    _check_level(level)
    both = [np.asarray(r, "float64") for r in (residuals, other_residuals)]
    for r in both:
        if r.ndim != 1 or r.size < 3 or not np.isfinite(r).all():
            raise ValueError(
                "3 or more finite residuals `(n,)` of each method are expected. "
                f"Received: residuals.shape={[r.shape for r in both]}"
            )
    variances = [float(np.var(r, ddof=1)) for r in both]
    if max(variances) == 0:
        raise ValueError("Residuals that vary are expected. Received: constant ones")
    ratio = variances[0] / variances[1] if variances[1] else float("inf")
    f = scipy.stats.f(both[0].size - 1, both[1].size - 1)
    p_value = float(min(1.0, 2 * min(f.cdf(ratio), f.sf(ratio))))
    verdict = 0 if p_value > 1 - level else 1 if ratio < 1 else -1
    return VarianceRatio(ratio, p_value, verdict, all(map(_is_normal, both)))


def compare_residuals(
    predictions: ArrayLike,
    other_predictions: ArrayLike,
    mos: ArrayLike,
    *,
    parameters: int = 4,
    level: float = 0.95,
) -> VarianceRatio:
    """Returns the F-test of two methods, each after its own logistic fit.

    Args:
        predictions: Predictions of the first method, `(n,)`, finite.
        other_predictions: Predictions of the second method, `(n,)`, finite, in any
            unit.
        mos: `(n,)`.
        parameters: Number of parameters of the logistic, 4 or 5.
        level: Confidence level.

    Raises:
        ValueError: If a fit fails, since raw residuals in different units do not
            compare.
    """
    residuals = []
    for name, q in (("first", predictions), ("second", other_predictions)):
        fit = fit_logistic(q, mos, parameters=parameters)
        if not fit.converged:
            raise ValueError(
                "Predictions that a logistic fits are expected. "
                f"Received: those of the {name} method: {fit.failure}"
            )
        residuals.append(fit.residuals(q, mos))
    return variance_ratio_test(*residuals, level=level)


def compare_srocc(
    predictions: ArrayLike,
    other_predictions: ArrayLike,
    mos: ArrayLike,
    *,
    level: float = 0.95,
    resamples: int = 10_000,
    seed: int = 0,
) -> Difference:
    """Returns the paired bootstrap of the difference in SROCC.

    Both methods are measured on the same images of each resample.

    Args:
        predictions: Predictions of the first method, `(n,)`, finite.
        other_predictions: Predictions of the second method, `(n,)`, finite.
        mos: `(n,)`.
        level: Share of the resamples inside the interval.
        resamples: Number of resamples of n images, drawn with replacement.
        seed: Seed of the draws.
    """
    _check_level(level)
    if resamples < 1:
        raise ValueError(f"resamples >= 1 is expected. Received: resamples={resamples}")
    x, y = paired(predictions, mos)
    other, _ = paired(other_predictions, mos)
    identity = np.arange(y.size)[None]
    value = float(_differences(identity, x, other, y)[0])
    random = np.random.default_rng(seed)
    rows = max(1, BLOCK // y.size)
    blocks = []
    for start in range(0, resamples, rows):
        draws = random.integers(y.size, size=(min(rows, resamples - start), y.size))
        blocks.append(_differences(draws, x, other, y))
    differences = np.concatenate(blocks)
    if not np.isfinite(differences).all():
        nan = float("nan")
        return Difference(value, nan, nan, nan, 0)
    low, high = (
        float(q) for q in np.quantile(differences, [(1 - level) / 2, (1 + level) / 2])
    )
    tail = min(np.count_nonzero(differences <= 0), np.count_nonzero(differences >= 0))
    p_value = float(min(1.0, 2 * (tail + 1) / (resamples + 1)))
    return Difference(value, low, high, p_value, int(low > 0) - int(high < 0))


def _differences(draws, x, other, y) -> np.ndarray:
    """Returns SROCC of `x` minus SROCC of `other` in each resample."""
    times = resampled.counts(draws, len(y))
    mos_ranks = resampled.ranks(times, y)
    first, second = (
        resampled.correlation(times, resampled.ranks(times, q), mos_ranks)
        for q in (x, other)
    )
    return first - second


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"0 < level < 1 is expected. Received: level={level}")


def _is_normal(residuals: np.ndarray) -> bool:
    if np.ptp(residuals) == 0:
        return False
    kurtosis = scipy.stats.kurtosis(residuals, fisher=False)
    return bool(NORMAL_KURTOSIS[0] <= kurtosis <= NORMAL_KURTOSIS[1])
