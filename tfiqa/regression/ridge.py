"""Ridge regression of MOS on features that stay as they are.

Features are `(pictures, d)`. One decomposition serves all strengths alpha, of which
the best on validation pictures is chosen.
"""

from collections.abc import Sequence

import numpy as np
import scipy.linalg
from scipy.linalg import lapack
from sklearn.linear_model import Ridge

from tfiqa.regression.linear_map import LinearMap
from tfiqa.regression.linear_map import mean_and_scale
from tfiqa.regression.linear_map import scaled


def fit_ridge(
    features: np.ndarray, mos: np.ndarray, alpha: float, *, standardized: bool
) -> LinearMap:
    """Returns the regression with `alpha` times the squared weights as penalty.

    Args:
        features: `(n, d)`.
        mos: `(n,)`.
        alpha: Positive.
        standardized: Whether features are brought to mean 0 and deviation 1 first.
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
    """Returns what the ridge of each alpha says of unseen rows, `(alphas, rows)`.

    The smaller one of both Gram matrices is brought to three diagonals once, which a
    penalty on the main diagonal leaves alone: each alpha is then solved for in linear
    time. That takes three quarters of the time of eigenvectors, and that of about ten
    factorizations for single alphas (`benchmarks/ridge.py`).
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
    """Returns the solutions of `(gram + alpha) x = load`, `(alphas, n)`.

    `gram`, symmetric and `(n, n)`, is overwritten.
    """
    if len(gram) < 3:
        eye = np.eye(len(gram))
        return np.array([np.linalg.solve(gram + a * eye, load) for a in alphas])
    # The transpose of what is symmetric, in the order of memory that LAPACK wants.
    packed, main, beside, tau, _ = lapack.dsytrd(gram.T, lower=1, overwrite_a=1)
    # The first row and column stay as they are.
    turns = np.asfortranarray(packed[1:, :-1])
    del packed
    load = np.concatenate([load[:1], _turned(turns, tau, load[1:, None], "T")[:, 0]])
    bands = np.zeros((3, len(main)))
    bands[0, 1:] = bands[2, :-1] = beside
    solutions = np.empty((len(main), len(alphas)))
    for column, alpha in enumerate(alphas):
        bands[1] = main + alpha
        solutions[:, column] = scipy.linalg.solve_banded((1, 1), bands, load)
    solutions[1:] = _turned(turns, tau, solutions[1:], "N")
    return solutions.T


def _turned(
    turns: np.ndarray, tau: np.ndarray, columns: np.ndarray, kind: str
) -> np.ndarray:
    """Returns the columns, turned by the reflections or, with "T", turned back."""
    columns = np.asfortranarray(columns)
    room = int(lapack.dormqr("L", kind, turns, tau, columns, -1)[1][0])
    return lapack.dormqr("L", kind, turns, tau, columns, room)[0]
