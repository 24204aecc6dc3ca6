"""Support vector regression, fitted by scikit-learn and kept as plain arrays."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from sklearn.svm import SVR
from sklearn.svm import NuSVR

KINDS = ("epsilon", "nu")


@dataclasses.dataclass(frozen=True)
class Scaling:
    """A factor and an offset for each feature, both float64 `(d,)`."""

    scale: np.ndarray
    offset: np.ndarray

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """Returns scaled features, float64 `(n, d)`."""
        return features * self.scale + self.offset


@dataclasses.dataclass(frozen=True)
class SupportVectorMachine:
    """A regression on features with radial basis functions.

    Attributes:
        vectors: Support vectors, scaled, `(n, d)`.
        coefficients: `(n,)`.
        bias: Added to the sum over support vectors.
        gamma: Gamma of the radial basis function.
        scaling: Scaling of features to the range of `vectors`; None if features come
            scaled.
    """

    vectors: np.ndarray
    coefficients: np.ndarray
    bias: float
    gamma: float
    scaling: Scaling | None = None

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """Returns predictions `(n,)` for features `(n, d)`."""
        if self.scaling is not None:
            features = self.scaling(features)
        squares = np.sum(features**2, axis=1)[:, None] + np.sum(self.vectors**2, axis=1)
        squares -= 2 * features @ self.vectors.T
        return np.exp(-self.gamma * squares) @ self.coefficients + self.bias


def fit_scaling(
    features: np.ndarray, *, lower: float = -1.0, margin: float = 0.0
) -> Scaling:
    """Returns the scaling that brings each feature to `[lower, 1]`.

    A constant feature becomes 0.

    Args:
        features: `(n, d)`.
        lower: -1 or 0.
        margin: Added to each range, in units of the feature.
    """
    least, most = features.min(axis=0), features.max(axis=0)
    return scaling_of(least, most, lower=lower, margin=margin)


def scaling_of(
    least: np.ndarray,
    most: np.ndarray,
    *,
    lower: float = -1.0,
    upper: float = 1.0,
    margin: float = 0.0,
) -> Scaling:
    """Returns the scaling of `[least, most]` to `[lower, upper]`; see `fit_scaling`."""
    least, most = (np.asarray(values, np.float64) for values in (least, most))
    varies = most > least
    span = np.where(varies, most - least + margin, 1.0)
    scale = np.where(varies, (upper - lower) / span, 0.0)
    return Scaling(scale, np.where(varies, lower - least * scale, 0.0))


def fit_support_vectors(
    features: np.ndarray,
    targets: np.ndarray,
    *,
    kind: str,
    cost: float,
    gamma: float,
    tolerance: float,
    scaling: Scaling,
) -> SupportVectorMachine:
    """Returns the regression fitted to targets.

    Args:
        features: `(n, d)`, not scaled yet.
        targets: `(n,)`.
        kind: `"epsilon"` or `"nu"`.
        cost: C, the cost of an error.
        gamma: Gamma of the radial basis function.
        tolerance: Epsilon, the error that costs nothing, in units of the targets; or
            nu, the share of images allowed to have a larger error.
        scaling: Scaling of the features.
    """
    options = {"C": cost, "gamma": gamma, "cache_size": 500}
    if kind == "nu":
        machine = NuSVR(nu=tolerance, **options)
    else:
        machine = SVR(epsilon=tolerance, **options)
    machine.fit(scaling(features), targets)
    return SupportVectorMachine(
        np.asarray(machine.support_vectors_, np.float64),
        machine.dual_coef_[0],
        float(machine.intercept_[0]),
        gamma,
        scaling,
    )


def predictions_of_grid(
    features: np.ndarray,
    targets: np.ndarray,
    unseen: np.ndarray,
    grid: Sequence[tuple[float, float]],
    *,
    tolerance: float,
    scaling: Scaling,
) -> np.ndarray:
    """Returns the predictions of epsilon-SVR for unseen rows, `(settings, rows)`.

    They are those of `fit_support_vectors`, but distances are computed once for all
    settings, which matters for thousands of features.

    Args:
        features: `(n, d)`, not scaled yet.
        targets: `(n,)`.
        unseen: `(m, d)`, not scaled yet.
        grid: Pairs of cost and gamma.
        tolerance: Epsilon, in units of the targets.
        scaling: Scaling of the features.
    """
    known, others = scaling(features), scaling(unseen)
    among, across = _squares(known, known), _squares(others, known)
    predictions = []
    for cost, gamma in grid:
        machine = SVR(kernel="precomputed", C=cost, epsilon=tolerance)
        machine.fit(np.exp(-gamma * among), targets)
        predictions.append(machine.predict(np.exp(-gamma * across)))
    return np.array(predictions)


def _squares(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Returns squared distances of rows, `(n, m)`."""
    squares = np.sum(first**2, axis=1)[:, None] + np.sum(second**2, axis=1)
    return np.maximum(squares - 2 * first @ second.T, 0.0)
