"""Ridge regression of the MOS on fixed features.

Features are `(images, d)`. One decomposition serves all strengths alpha, of which the
best on validation images is chosen.
"""

from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import Ridge

from tfiqa.regression.linear_map import LinearMap
from tfiqa.regression.linear_map import mean_and_scale
from tfiqa.regression.linear_map import scaled


def fit_ridge(
    features: np.ndarray, mos: np.ndarray, alpha: float, *, standardized: bool
) -> LinearMap:
    """Returns the ridge regression with a penalty of `alpha` times the squared weights.

    Args:
        features: `(n, d)`.
        mos: `(n,)`.
        alpha: Positive.
        standardized: Whether features are first scaled to mean 0 and deviation 1.
    """
    mean, std = mean_and_scale(features, standardized=standardized)
    model = Ridge(alpha, copy_X=False).fit(scaled(features, mean, std), mos)
    weights = model.coef_ / std
    return LinearMap(weights, float(model.intercept_ - mean @ weights))


def predictions_of_all(
    features: np.ndarray,
    mos: np.ndarray,
    unseen: np.ndarray,
    alphas: Sequence[float],
    *,
    standardized: bool,
) -> np.ndarray:
    """Returns the predictions for unseen rows at each alpha, `(alphas, rows)`.

    The eigenvectors of the smaller Gram matrix are computed once and serve all alphas;
    scikit-learn would factorize it again for each one (see `benchmarks/ridge.py`).
    """
    mean, std = mean_and_scale(features, standardized=standardized)
    known, unseen = (scaled(rows, mean, std) for rows in (features, unseen))
    offset = mos.mean(dtype=np.float64)
    centered = mos - offset
    if len(known) <= known.shape[1]:
        solutions = _solved_for_all(known @ known.T, centered, alphas)
        unseen = unseen @ known.T
    else:
        solutions = _solved_for_all(known.T @ known, known.T @ centered, alphas)
    return solutions @ unseen.T + offset


def _solved_for_all(
    gram: np.ndarray, load: np.ndarray, alphas: Sequence[float]
) -> np.ndarray:
    """Returns the solutions of `(gram + alpha) x = load`, `(alphas, n)`."""
    spectrum, basis = np.linalg.eigh(gram)
    return (basis.T @ load / (spectrum + np.asarray(alphas)[:, None])) @ basis.T
