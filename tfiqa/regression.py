"""Ridge regression of MOS on features that stay as they are.

Features are `(pictures, d)`. One decomposition serves all strengths alpha, of which
the best on validation pictures is chosen.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
import scipy.linalg
from scipy.linalg import lapack
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
    mean, std = _mean_and_scale(features, standardized=standardized)
    model = Ridge(alpha, copy_X=False).fit(_scaled(features, mean, std), mos)
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

    The smaller one of both Gram matrices is brought to three diagonals once, which a
    penalty on the main diagonal leaves alone: each alpha is then solved for in linear
    time. That takes less than a third of an eigendecomposition, and as long as about
    four factorizations for single alphas.
    """
    mean, std = _mean_and_scale(features, standardized=standardized)
    known, unseen = (_scaled(rows, mean, std) for rows in (features, unseen))
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


def _scaled(rows: np.ndarray, mean: np.ndarray, std: np.ndarray) -> np.ndarray:
    scaled = rows.astype(np.float64)  # Ill-conditioned in single precision.
    scaled -= mean
    scaled /= std
    return scaled


def _mean_and_scale(
    features: np.ndarray, *, standardized: bool
) -> tuple[np.ndarray, np.ndarray]:
    mean = features.mean(axis=0, dtype=np.float64)
    if not standardized:
        return mean, np.ones_like(mean)
    std = np.zeros_like(mean)
    for start in range(0, len(mean), 512):  # A few columns at a time, to save memory.
        columns = slice(start, start + 512)
        std[columns] = features[:, columns].std(axis=0, dtype=np.float64)
    # What varies less than single precision tells apart is constant.
    return mean, np.where(std > 1e-9 * np.abs(mean), std, 1.0)
