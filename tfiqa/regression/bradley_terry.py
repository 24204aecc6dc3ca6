"""A linear regression fitted to pairs: which of two images is better.

The probability that image a is better than b is `sigmoid(q(a) - q(b))`, with a quality
q that is linear in the features. Squared weights are penalized, as in a ridge.

Reference: Bradley and Terry, "Rank analysis of incomplete block designs", Biometrika
1952.
"""

from collections.abc import Sequence

import numpy as np

from tfiqa.regression.linear_map import LinearMap
from tfiqa.regression.linear_map import mean_and_scale
from tfiqa.regression.linear_map import scaled

STEPS = 50
_SMALL = 1e-9


def fit_bradley_terry(
    features: np.ndarray, pairs: np.ndarray, alpha: float
) -> LinearMap:
    """Returns the linear map with the largest penalized likelihood.

    Features are scaled to mean 0 and deviation 1 first. The mean quality of the images
    is 0.

    Args:
        features: `(n, d)`.
        pairs: Rows of the better and of the worse image, int `(pairs, 2)`.
        alpha: Strength of the penalty on the squared weights, positive.

    Raises:
        ValueError: If there are no pairs.
    """
    return _fitted(features, pairs, [alpha])[0]


def fit_all(
    features: np.ndarray, pairs: np.ndarray, alphas: Sequence[float]
) -> list[LinearMap]:
    """Returns the linear map of each strength; see `fit_bradley_terry`."""
    return _fitted(features, pairs, alphas)


def log_loss(differences: np.ndarray) -> float:
    """Returns the mean negative log-likelihood of pairs.

    Args:
        differences: Quality of the better minus that of the worse image, `(pairs,)`.
    """
    return float(np.mean(np.logaddexp(0.0, -differences)))


def _fitted(
    features: np.ndarray, pairs: np.ndarray, alphas: Sequence[float]
) -> list[LinearMap]:
    if not len(pairs):
        raise ValueError("At least one pair is expected. Received: none")
    mean, std = mean_and_scale(features, standardized=True)
    rows = scaled(features, mean, std)
    # The best weights are sums of rows, so coordinates of these suffice.
    coordinates, directions = _coordinates(rows)
    steps = coordinates[pairs[:, 0]] - coordinates[pairs[:, 1]]
    maps = []
    solution = np.zeros(coordinates.shape[1])
    for alpha in alphas:
        solution = _maximized(steps, alpha, solution)
        weights = directions @ solution / std
        maps.append(LinearMap(weights, float(-mean @ weights)))
    return maps


def _coordinates(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns coordinates `(n, r)` and orthonormal directions `(d, r)` of rows."""
    left, lengths, right = np.linalg.svd(rows, full_matrices=False)
    kept = lengths > _SMALL * max(lengths[0], 1.0)
    return left[:, kept] * lengths[kept], right[kept].T


def _maximized(steps: np.ndarray, alpha: float, start: np.ndarray) -> np.ndarray:
    """Returns the solution by Newton's method, with steps that never raise the cost."""

    def cost(weights: np.ndarray) -> float:
        penalty = alpha * weights @ weights / 2
        return float(np.logaddexp(0.0, -steps @ weights).sum() + penalty)

    weights, current = start, cost(start)
    for _ in range(STEPS):
        probability = 1.0 / (1.0 + np.exp(steps @ weights))  # The worse wins.
        gradient = alpha * weights - steps.T @ probability
        curvature = steps.T @ (steps * (probability * (1 - probability))[:, None])
        curvature[np.diag_indices_from(curvature)] += alpha
        move = np.linalg.solve(curvature, gradient)
        share = 1.0
        while cost(weights - share * move) > current and share > _SMALL:
            share /= 2
        weights = weights - share * move
        previous, current = current, cost(weights)
        if previous - current <= _SMALL * max(abs(previous), 1.0):
            break
    return weights
