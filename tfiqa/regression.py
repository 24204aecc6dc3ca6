"""Ridge regression of MOS on features that stay as they are.

Features are `(pictures, d)`. One decomposition serves all strengths alpha, of which
the best on validation pictures is chosen.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import Ridge

from tfiqa import metrics
from tfiqa.data import splits


@dataclasses.dataclass(frozen=True)
class LinearMap:
    """From features `(n, d)` to MOS: `features @ weights + bias`."""

    weights: np.ndarray
    bias: float

    def __call__(self, features: np.ndarray) -> np.ndarray:
        return features @ self.weights + self.bias


@dataclasses.dataclass(frozen=True)
class Repeats:
    """What came of several content-separated divisions of the pictures.

    Attributes:
        alphas: The candidates.
        curves: SROCC on validation pictures, `(repeats, len(alphas))`.
        chosen: The alpha that was best on validation, one for each division.
        srocc: On test pictures, by a regression on all others.
        plcc: On the same.
    """

    alphas: tuple[float, ...]
    curves: np.ndarray
    chosen: tuple[float, ...]
    srocc: tuple[float, ...]
    plcc: tuple[float, ...]

    @property
    def alpha(self) -> float:
        """The alpha whose median over the divisions is best on validation."""
        return self.alphas[int(np.argmax(np.median(self.curves, axis=0)))]

    def summary(self) -> dict[str, float | int | list[float]]:
        """Returns the figures, ready for JSON."""
        return {
            "repeats": len(self.chosen),
            "srocc_median": float(np.median(self.srocc)),
            "plcc_median": float(np.median(self.plcc)),
            "srocc": list(self.srocc),
            "plcc": list(self.plcc),
            "alphas": list(self.chosen),
        }


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
    features = features.astype(np.float64)  # Ill-conditioned in single precision.
    mean, std = _mean_and_scale(features, standardized=standardized)
    model = Ridge(alpha).fit((features - mean) / std, mos)
    weights = model.coef_ / std
    return LinearMap(weights, float(model.intercept_ - mean @ weights))


def choose_alpha(
    features: np.ndarray,
    mos: np.ndarray,
    validation_features: np.ndarray,
    validation_mos: np.ndarray,
    alphas: Sequence[float],
    *,
    standardized: bool,
) -> tuple[float, float]:
    """Returns the alpha that is best on the validation rows, and its SROCC there."""
    curve = validation_curve(
        features,
        mos,
        validation_features,
        validation_mos,
        alphas,
        standardized=standardized,
    )
    best = int(np.argmax(curve))
    return alphas[best], float(curve[best])


def repeated(
    features: np.ndarray,
    mos: np.ndarray,
    contents: Sequence[str] | np.ndarray,
    *,
    alphas: Sequence[float],
    repeats: int,
    standardized: bool,
) -> Repeats:
    """Divides the pictures by content again and again, 70/10/20, and regresses.

    In each division alpha is chosen on the validation pictures, the regression is then
    fitted to training and validation and judged on the test pictures.

    Raises:
        ValueError: If there are fewer than 3 contents.
    """
    curves, chosen, srocc, plcc = [], [], [], []
    for seed in range(repeats):
        train, validation, test = splits.three_way(contents, seed=seed)
        curves.append(
            validation_curve(
                *(features[train], mos[train]),
                *(features[validation], mos[validation]),
                alphas,
                standardized=standardized,
            )
        )
        chosen.append(alphas[int(np.argmax(curves[-1]))])
        known = np.concatenate([train, validation])
        ridge = fit_ridge(
            features[known], mos[known], chosen[-1], standardized=standardized
        )
        predictions = ridge(features[test])
        srocc.append(float(metrics.srocc(predictions, mos[test])))
        plcc.append(float(metrics.plcc(predictions, mos[test])))
    return Repeats(
        tuple(alphas), np.array(curves), tuple(chosen), tuple(srocc), tuple(plcc)
    )


def validation_curve(
    features: np.ndarray,
    mos: np.ndarray,
    validation_features: np.ndarray,
    validation_mos: np.ndarray,
    alphas: Sequence[float],
    *,
    standardized: bool,
) -> np.ndarray:
    """Returns the SROCC on the validation rows of each alpha; -2 where undefined."""
    predictions = predictions_of_all(
        features, mos, validation_features, alphas, standardized=standardized
    )
    sroccs = [metrics.srocc(one, validation_mos) for one in predictions]
    return np.nan_to_num(np.array(sroccs), nan=-2.0)


def predictions_of_all(
    features: np.ndarray,
    mos: np.ndarray,
    unseen: np.ndarray,
    alphas: Sequence[float],
    *,
    standardized: bool,
) -> np.ndarray:
    """Returns what the ridge of each alpha says of unseen rows, `(alphas, rows)`.

    With the eigenvectors of the smaller one of both Gram matrices all of them are
    diagonal problems.
    """
    features = features.astype(np.float64)
    mean, std = _mean_and_scale(features, standardized=standardized)
    known, unseen = (features - mean) / std, (unseen - mean) / std
    centered = mos - mos.mean(dtype=np.float64)
    if len(known) <= known.shape[1]:
        spectrum, vectors = np.linalg.eigh(known @ known.T)
        loads, basis = vectors.T @ centered, known.T @ vectors
    else:
        spectrum, basis = np.linalg.eigh(known.T @ known)
        loads = basis.T @ (known.T @ centered)
    strengths = np.maximum(spectrum, 0) + np.asarray(alphas, np.float64)[:, None]
    return (loads / strengths) @ (unseen @ basis).T + mos.mean(dtype=np.float64)


def _mean_and_scale(
    features: np.ndarray, *, standardized: bool
) -> tuple[np.ndarray, np.ndarray]:
    mean = features.mean(axis=0)
    if not standardized:
        return mean, np.ones_like(mean)
    std = features.std(axis=0)
    return mean, np.where(std > 0, std, 1.0)
