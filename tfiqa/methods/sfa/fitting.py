"""The regressions of SFA, and the cross-validation that chooses among stages."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from tfiqa import metrics
from tfiqa.data import splits
from tfiqa.methods.sfa.config import Config
from tfiqa.regression import LinearMap
from tfiqa.regression import fit_pls

# For each stage, the indices of the features of each aggregation.
Columns = Sequence[Sequence[np.ndarray]]


@dataclasses.dataclass(frozen=True)
class Choice:
    """A stage, and how its regressions are weighted.

    Attributes:
        index: Index of the stage among the candidates.
        weights: Weight of each regression, sum 1.
        sroccs: See `validated_sroccs`; None if there was nothing to choose.
    """

    index: int
    weights: np.ndarray
    sroccs: np.ndarray | None


def choose(
    features: np.ndarray,
    mos: np.ndarray,
    contents: np.ndarray,
    columns: Columns,
    config: Config,
    *,
    seed: int,
) -> Choice:
    """Returns the stage of the best single regression, as in the authors' code.

    See `validated_sroccs` for the arguments.
    """
    equal = np.full(len(columns[0]), 1 / len(columns[0]))
    if len(columns) == 1 and config.weighting == "equal":
        return Choice(0, equal, None)
    sroccs = validated_sroccs(features, mos, contents, columns, config, seed=seed)
    index = int(sroccs.max(axis=1).argmax())
    validated = config.weighting == "validated"
    return Choice(index, weights_of(sroccs[index]) if validated else equal, sroccs)


def validated_sroccs(
    features: np.ndarray,
    mos: np.ndarray,
    contents: np.ndarray,
    columns: Columns,
    config: Config,
    *,
    seed: int,
) -> np.ndarray:
    """Returns the mean SROCC over the folds, `(stages, 3)`.

    Each regression is fitted to all folds but one and predicts the images of that one.
    An SROCC that is undefined, since all predictions are equal, counts as 0.

    Args:
        features: Features of all images, `(n, d)`.
        mos: `(n,)`.
        contents: Reference content of each image, `(n,)`.
        columns: See `Columns`.
        config: Hyperparameters of the method.
        seed: Seed that draws the folds.
    """
    parts = splits.folds(contents, count=config.folds, seed=seed)
    sroccs = np.zeros((len(parts), len(columns), len(columns[0])))
    for fold, unseen in enumerate(parts):
        known = np.setdiff1d(np.arange(len(mos)), unseen)
        for index in np.ndindex(sroccs.shape[1:]):
            chosen = columns[index[0]][index[1]]
            linear = _fit(features[known][:, chosen], mos[known], config)
            predictions = linear(features[unseen][:, chosen])
            sroccs[fold, *index] = np.nan_to_num(
                metrics.srocc(predictions, mos[unseen])
            )
    return sroccs.mean(axis=0)


def weights_of(sroccs: np.ndarray) -> np.ndarray:
    """Returns the weight of each regression, proportional to its SROCC, sum 1.

    A regression whose SROCC is negative has no weight, unless all are.
    """
    useful = np.maximum(sroccs, 0.0)
    if not useful.any():
        useful = np.ones_like(useful)
    return useful / useful.sum()


def joined(
    features: np.ndarray,
    mos: np.ndarray,
    columns: Sequence[np.ndarray],
    weights: np.ndarray,
    config: Config,
) -> LinearMap:
    """Returns the weighted mean of the regressions on all images, as one linear map.

    Args:
        features: Features of all images, `(n, d)`.
        mos: `(n,)`.
        columns: Indices of the features of each aggregation of one stage.
        weights: Weight of each regression, sum 1.
        config: Hyperparameters of the method.
    """
    linears = [_fit(features[:, chosen], mos, config) for chosen in columns]
    pairs = list(zip(weights, linears, strict=True))
    return LinearMap(
        np.concatenate([weight * linear.weights for weight, linear in pairs]),
        float(sum(weight * linear.bias for weight, linear in pairs)),
    )


def _fit(features: np.ndarray, mos: np.ndarray, config: Config) -> LinearMap:
    return fit_pls(features, mos, config.components, standardized=config.standardized)
