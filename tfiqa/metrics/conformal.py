"""Split conformal calibration: scores on one scale, each with an interval.

The images must be new to the scorer. One half of them fits the map to the scale and the
spread of the errors along it; the other half sets the factor by which the spread must
be multiplied to cover the desired share. If future images are like these, an interval
covers the MOS of a new image with that probability, on average over such calibrations,
however wrong the map and the spread are.

Reference: Lei et al., "Distribution-free predictive inference for regression", JASA
2018, section 5.2 (split conformal intervals of locally varying width).
"""

import dataclasses
import math

import numpy as np
from numpy.typing import ArrayLike

from tfiqa import metrics

SCALE = (0.0, 100.0)
# Number of knots of the spread, which is linear between them.
KNOTS = 5
AT_LEAST = 40


@dataclasses.dataclass(frozen=True)
class Calibration:
    """A rising map from predictions to 0..100, and the widths of the intervals.

    Attributes:
        curve: b1, b2, b3 and b4 of the logistic; see `metrics.fit_logistic`. It stays
            within 0..100 and rises everywhere, so it never changes a ranking.
        knots: Scores, ascending, `(k,)`.
        widths: Half widths of the interval at the knots, `(k,)`; linear between them
            and constant beyond.
        level: Share of the MOS that the intervals cover.
        fitted: Number of images that fitted the map and the spread.
        conformal: Number of images that set the factor.
        missing: Number of images without a prediction or a MOS, which are skipped.
    """

    curve: tuple[float, float, float, float]
    knots: tuple[float, ...]
    widths: tuple[float, ...]
    level: float
    fitted: int
    conformal: int
    missing: int

    def __call__(self, predictions: ArrayLike) -> np.ndarray:
        """Returns scores in 0..100, float64 of the same shape."""
        return metrics.LogisticFit(4, self.curve)(predictions)

    def interval(self, scores: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Returns the ends of the intervals of scores, within 0..100."""
        scores = np.asarray(scores, "float64")
        widths = np.interp(scores, self.knots, self.widths)
        return np.maximum(scores - widths, SCALE[0]), np.minimum(
            scores + widths, SCALE[1]
        )


def calibrate(
    predictions: ArrayLike,
    mos: ArrayLike,
    *,
    mos_range: tuple[float, float],
    level: float = 0.9,
    seed: int = 0,
) -> Calibration:
    """Returns the calibration on images that the scorer has not learned from.

    Args:
        predictions: `(n,)`, in any unit, higher is better, NaN where missing.
        mos: `(n,)`, higher is better, NaN where missing.
        mos_range: Worst and best MOS of the scale, which become 0 and 100.
        level: Share of the MOS to cover, between 0 and 1.
        seed: Seed of the division into halves.

    Raises:
        ValueError: If there are too few images, MOS outside the range, or predictions
            that fall as the MOS rises or do not correlate with it.
    """
    if not 0 < level < 1:
        raise ValueError(f"0 < level < 1 is expected. Received: level={level}")
    (q, y), _, missing = metrics.complete(predictions=predictions, mos=mos)
    target = _on_scale(y, mos_range)
    needed = max(AT_LEAST, 2 * math.ceil(level / (1 - level)))
    if len(q) < needed:
        raise ValueError(
            f"At least {needed} images with predictions and MOS are expected for "
            f"level={level}. Received: {len(q)}, and {missing} without"
        )
    order = np.random.default_rng(seed).permutation(len(q))
    fitting, conformal = order[: len(q) // 2], order[len(q) // 2 :]
    curve = _curve(q[fitting], target[fitting])
    calibration = Calibration(
        curve, (0.0,), (0.0,), level, len(fitting), len(conformal), missing
    )
    scores = calibration(q)
    errors = np.abs(target - scores)
    knots, spread = _spread(scores[fitting], errors[fitting])
    relative = errors[conformal] / np.interp(scores[conformal], knots, spread)
    factor = _conformal_quantile(relative, level)
    return dataclasses.replace(
        calibration,
        knots=tuple(knots.tolist()),
        widths=tuple((factor * spread).tolist()),
    )


def covered(
    calibration: Calibration,
    predictions: ArrayLike,
    mos: ArrayLike,
    *,
    mos_range: tuple[float, float],
) -> float:
    """Returns the share of other images whose MOS lies in the interval, 0 to 1."""
    (q, y), _, _ = metrics.complete(predictions=predictions, mos=mos)
    low, high = calibration.interval(calibration(q))
    target = _on_scale(y, mos_range)
    return float(np.mean((low <= target) & (target <= high)))


def coverages(
    predictions: ArrayLike,
    mos: ArrayLike,
    *,
    mos_range: tuple[float, float],
    level: float = 0.9,
    divisions: int = 500,
    seed: int = 0,
) -> np.ndarray:
    """Calibrates on random halves and measures the coverage of the other halves.

    Args:
        predictions: `(n,)`, as for `calibrate`.
        mos: `(n,)`.
        mos_range: As for `calibrate`.
        level: As for `calibrate`.
        divisions: Number of random divisions.
        seed: Seed of the divisions.

    Returns:
        float64 `(divisions,)`: the covered shares; their mean should be close to
        `level`.
    """
    (q, y), _, _ = metrics.complete(predictions=predictions, mos=mos)
    random = np.random.default_rng(seed)
    shares = np.empty(divisions)
    for division in range(divisions):
        order = random.permutation(len(q))
        known, others = order[: len(q) // 2], order[len(q) // 2 :]
        calibration = calibrate(
            q[known], y[known], mos_range=mos_range, level=level, seed=division
        )
        shares[division] = covered(
            calibration, q[others], y[others], mos_range=mos_range
        )
    return shares


def _on_scale(mos: np.ndarray, mos_range: tuple[float, float]) -> np.ndarray:
    worst, best = mos_range
    # Single precision may exceed the range by its last bit.
    margin = 1e-6 * (best - worst)
    if not worst < best or np.any((mos < worst - margin) | (mos > best + margin)):
        seen = (float(np.min(mos)), float(np.max(mos))) if len(mos) else None
        raise ValueError(
            "MOS within `mos_range`, (worst, best), are expected. "
            f"Received: mos_range={mos_range}, MOS with (lowest, highest) {seen}"
        )
    return np.clip(SCALE[1] * (mos - worst) / (best - worst), *SCALE)


def _curve(q: np.ndarray, target: np.ndarray) -> tuple[float, float, float, float]:
    fit = metrics.fit_logistic(q, target, asymptotes=SCALE)
    if fit.coefficients is None or fit.direction < 0:
        raise ValueError(
            "Predictions that rise with the MOS are expected. Received: "
            f"SROCC {metrics.srocc(q, target):.3f}; {fit.failure or 'the fit falls'}"
        )
    b1, b2, b3, b4 = fit.coefficients
    # Asymptotes at the ends of the scale may exceed them by rounding.
    high, low = np.clip((b1, b2), *SCALE).tolist()
    return high, low, b3, b4


def _spread(scores: np.ndarray, errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns knots and the mean error about each, both `(k,)`."""
    order = np.argsort(scores, kind="stable")
    groups = np.array_split(order, KNOTS)
    knots = np.array([np.mean(scores[group]) for group in groups])
    means = np.array([np.mean(errors[group]) for group in groups])
    knots, first = np.unique(knots, return_index=True)
    # Averaged with the overall error, so that a few small errors do not make the
    # interval too narrow.
    overall = np.mean(errors)
    return knots, np.maximum((means[first] + overall) / 2, 1e-6)


def _conformal_quantile(relative: np.ndarray, level: float) -> float:
    """Returns the ceil((m + 1) level)-th smallest of m."""
    rank = math.ceil((len(relative) + 1) * level - 1e-9)
    return float(np.sort(relative)[rank - 1])
