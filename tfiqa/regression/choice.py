"""The strength of a penalty, chosen on pictures that were not learned from."""

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
    """Figures over several divisions of the images by content.

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


def fit(
    features: np.ndarray,
    mos: np.ndarray,
    alpha: float,
    *,
    standardized: bool,
    l1_ratio: float = 0.0,
) -> LinearMap:
    """Returns a ridge, or with `l1_ratio` above 0 an elastic net, of strength alpha."""
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
    """Divides the pictures by content again and again, 70/10/20, and regresses.

    In each division alpha is chosen on the validation pictures, the regression is then
    fitted to training and validation and judged on the test pictures.

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
    """Returns the SROCC on the validation rows of each alpha; -2 where undefined."""
    known = features, mos, validation_features, alphas
    if l1_ratio:
        predictions = predictions_on_path(
            *known, l1_ratio=l1_ratio, standardized=standardized
        )
    else:
        predictions = predictions_of_all(*known, standardized=standardized)
    sroccs = [metrics.srocc(one, validation_mos) for one in predictions]
    return np.nan_to_num(np.array(sroccs), nan=-2.0)
