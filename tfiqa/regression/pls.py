"""Partial least squares: regression on a few directions that vary with the target."""

import numpy as np

from tfiqa.regression.linear_map import LinearMap
from tfiqa.regression.linear_map import mean_and_scale
from tfiqa.regression.linear_map import scaled

# A direction that explains less than this share of the target is rounding noise.
_NEGLIGIBLE = 1e-10


def fit_pls(
    features: np.ndarray, targets: np.ndarray, components: int, *, standardized: bool
) -> LinearMap:
    """Returns the partial least squares regression of one target.

    Each component is the direction in which the features vary most with the residual of
    the target. The regression is the least squares solution within the span of all
    components. It is what MATLAB's `plsregress` computes, or scikit-learn's
    `PLSRegression`, whose `scale` is `standardized`.

    Args:
        features: `(n, d)`.
        targets: `(n,)`.
        components: Number of components. Fewer are used if they explain the targets.
        standardized: Whether features are first scaled to mean 0 and deviation 1.

    Reference:
        de Jong, "SIMPLS: an alternative approach to partial least squares regression",
        Chemometrics and Intelligent Laboratory Systems 1993.
    """
    mean, std = mean_and_scale(features, standardized=standardized)
    rows = scaled(features, mean, std)
    offset = targets.mean(dtype=np.float64)
    directions = _directions(rows, targets - offset, components)
    solution, *_ = np.linalg.lstsq(rows @ directions, targets - offset, rcond=None)
    weights = directions @ solution / std
    return LinearMap(weights, float(offset - mean @ weights))


def _directions(rows: np.ndarray, targets: np.ndarray, count: int) -> np.ndarray:
    """Returns the directions of at most `count` components, orthonormal, `(d, k)`."""
    directions = np.empty((rows.shape[1], 0))
    scores = np.empty((len(rows), 0))
    rest = targets
    first = np.linalg.norm(rows.T @ targets)
    for _ in range(count):
        direction = _orthogonal(rows.T @ rest, directions)
        length = np.linalg.norm(direction)
        if length <= _NEGLIGIBLE * first:
            break
        direction = direction / length
        score = _orthogonal(rows @ direction, scores)
        score /= np.linalg.norm(score)
        directions = np.column_stack([directions, direction])
        scores = np.column_stack([scores, score])
        rest = rest - score * (score @ rest)
    return directions


def _orthogonal(vector: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """Returns the part of a vector that is orthogonal to an orthonormal basis."""
    for _ in range(2):  # Once is not exact enough.
        vector = vector - basis @ (basis.T @ vector)
    return vector
