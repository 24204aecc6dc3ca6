"""The strength of a penalty, chosen on held-out images."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from tfiqa import metrics
from tfiqa.data import splits
from tfiqa.regression.elastic_net import fit_elastic_net
from tfiqa.regression.elastic_net import predictions_on_path
from tfiqa.regression.linear_map import LinearMap
from tfiqa.regression.ridge import fit_ridge
from tfiqa.regression.ridge import predictions_of_all


@dataclasses.dataclass(frozen=True)
class RegressionRepeats:
    """Results over repeated divisions of the images by content.

    Attributes:
        alphas: The candidates.
        curves: SROCC on validation images, `(repeats, len(alphas))`.
        chosen: The alpha with the best validation SROCC, one for each division.
        srocc: SROCC on the test images, of a regression on all others.
        plcc: PLCC on the same.
    """

    alphas: tuple[float, ...]
    curves: np.ndarray
    chosen: tuple[float, ...]
    srocc: tuple[float, ...]
    plcc: tuple[float, ...]

    @property
    def alpha(self) -> float:
        """The alpha with the best median validation SROCC over the divisions."""
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


def fit(
    features: np.ndarray,
    mos: np.ndarray,
    alpha: float,
    *,
    standardized: bool,
    l1_ratio: float = 0.0,
) -> LinearMap:
    """Returns a ridge of strength alpha, or an elastic net if `l1_ratio` is above 0."""
    if l1_ratio:
        return fit_elastic_net(
            features, mos, alpha, l1_ratio=l1_ratio, standardized=standardized
        )
    return fit_ridge(features, mos, alpha, standardized=standardized)


def choose_alpha(
    features: np.ndarray,
    mos: np.ndarray,
    validation_features: np.ndarray,
    validation_mos: np.ndarray,
    alphas: Sequence[float],
    *,
    standardized: bool,
    l1_ratio: float = 0.0,
) -> tuple[float, float]:
    """Returns the alpha that is best on the validation rows, and its SROCC there."""
    curve = validation_curve(
        features,
        mos,
        validation_features,
        validation_mos,
        alphas,
        standardized=standardized,
        l1_ratio=l1_ratio,
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
    l1_ratio: float = 0.0,
) -> RegressionRepeats:
    """Repeatedly divides the images by content, 70/10/20, and fits a regression.

    In each division the validation images choose alpha; the regression is then fitted
    to training and validation images and evaluated on the test images.

    Raises:
        ValueError: If there are fewer than 3 contents.
    """
    options: dict = {"standardized": standardized, "l1_ratio": l1_ratio}
    curves, chosen, srocc, plcc = [], [], [], []
    for seed in range(repeats):
        train, validation, test = splits.three_way(contents, seed=seed)
        curves.append(
            validation_curve(
                *(features[train], mos[train]),
                *(features[validation], mos[validation]),
                alphas,
                **options,
            )
        )
        chosen.append(alphas[int(np.argmax(curves[-1]))])
        known = np.concatenate([train, validation])
        linear = fit(features[known], mos[known], chosen[-1], **options)
        predictions = linear(features[test])
        srocc.append(float(metrics.srocc(predictions, mos[test])))
        plcc.append(float(metrics.plcc(predictions, mos[test])))
    return RegressionRepeats(
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
    l1_ratio: float = 0.0,
) -> np.ndarray:
    """Returns the validation SROCC of each alpha; -2 where undefined."""
    known = features, mos, validation_features, alphas
    if l1_ratio:
        predictions = predictions_on_path(
            *known, l1_ratio=l1_ratio, standardized=standardized
        )
    else:
        predictions = predictions_of_all(*known, standardized=standardized)
    sroccs = [metrics.srocc(scores, validation_mos) for scores in predictions]
    return np.nan_to_num(np.array(sroccs), nan=-2.0)
