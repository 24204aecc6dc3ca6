"""Regression with a penalty on absolute values and squares, which drops features.

The strengths are those of scikit-learn's elastic net: squared errors are averaged over
images and halved, so the same strength penalizes more than in a ridge.
"""

import warnings
from collections.abc import Sequence

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import enet_path

from tfiqa.regression.linear_map import LinearMap
from tfiqa.regression.linear_map import mean_and_scale
from tfiqa.regression.linear_map import scaled


def fit_elastic_net(
    features: np.ndarray,
    mos: np.ndarray,
    alpha: float,
    *,
    l1_ratio: float,
    standardized: bool,
) -> LinearMap:
    """Returns the regression with `alpha` times the penalty.

    Args:
        features: `(n, d)`.
        mos: `(n,)`.
        alpha: Positive.
        l1_ratio: Share of the absolute values in the penalty, in `(0, 1]`.
        standardized: Whether to scale features to mean 0 and deviation 1 first.
    """
    mean, std = mean_and_scale(features, standardized=standardized)
    offset = mos.mean(dtype=np.float64)
    known = scaled(features, mean, std)
    weights = _path(known, mos - offset, [alpha], l1_ratio)[:, 0] / std
    return LinearMap(weights, float(offset - mean @ weights))


def predictions_on_path(
    features: np.ndarray,
    mos: np.ndarray,
    unseen: np.ndarray,
    alphas: Sequence[float],
    *,
    l1_ratio: float,
    standardized: bool,
) -> np.ndarray:
    """Returns the predictions of each alpha's elastic net, `(alphas, rows)`."""
    mean, std = mean_and_scale(features, standardized=standardized)
    known, unseen = (scaled(rows, mean, std) for rows in (features, unseen))
    offset = mos.mean(dtype=np.float64)
    return _path(known, mos - offset, alphas, l1_ratio).T @ unseen.T + offset


def _path(
    known: np.ndarray, centered: np.ndarray, alphas: Sequence[float], l1_ratio: float
) -> np.ndarray:
    """Returns the weights of each alpha, `(d, alphas)`, in the order of `alphas`."""
    order = np.argsort(alphas)[::-1]
    with warnings.catch_warnings():
        # Weak penalties on many features stop early; validation judges the result.
        warnings.simplefilter("ignore", ConvergenceWarning)
        _, weights, _ = enet_path(
            np.asfortranarray(known),
            centered.astype(np.float64),
            l1_ratio=l1_ratio,
            alphas=np.asarray(alphas, np.float64)[order],
            precompute=len(known) > known.shape[1],
        )
    return weights[:, np.argsort(order)]
