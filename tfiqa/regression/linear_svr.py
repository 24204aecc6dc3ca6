"""Linear support vector regression on many features, as one linear map."""

import dataclasses
import warnings
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVR
from sklearn.svm import NuSVR

from tfiqa import metrics
from tfiqa import trainers
from tfiqa.config import constraints
from tfiqa.data.load import Source
from tfiqa.regression import frozen
from tfiqa.regression.labeled_features import features_and_targets
from tfiqa.regression.linear_map import LinearMap
from tfiqa.regression.support_vectors import Scaling
from tfiqa.regression.support_vectors import fit_scaling

KINDS = ("nu", "squared")


@dataclasses.dataclass(frozen=True)
class LinearSVRSettings:
    """Hyperparameters of linear support vector regression.

    Attributes:
        kind: `"nu"` for nu-SVR (libsvm), `"squared"` for squared errors (LIBLINEAR's
            solver 11).
        costs: Candidates for C, the cost of an error; validation chooses.
        nu: For `"nu"`, the share of images allowed to have an error that costs.
        epsilon: For `"squared"`, the error that costs nothing, in units of `span`.
        scaled: Whether features are scaled to `[-1, 1]` by their range in training.
        span: Scores are scaled to `[0, span]`, so that costs mean the same on every
            dataset.
    """

    kind: str = "nu"
    costs: tuple[float, ...] = (1.0,)
    nu: float = 0.5
    epsilon: float = 0.1
    scaled: bool = True
    span: float = 100.0

    def __post_init__(self):
        constraints.check_choices(self, {"kind": KINDS})
        constraints.check_bounds(
            self,
            {
                "costs": constraints.ALPHAS,
                "span": constraints.POSITIVE,
                "nu": constraints.POSITIVE,
                "epsilon": constraints.NOT_NEGATIVE,
            },
        )


def fitted_scorer(
    encoder: keras.Model,
    read: Callable[[np.ndarray], np.ndarray],
    labeled: tuple[Source, Source],
    run: trainers.Run,
    settings: LinearSVRSettings,
    *,
    method: str,
    min_side: int,
) -> keras.Model:
    """Returns the scorer: an encoder and the regression fitted to its features.

    Args:
        encoder: Model from images of any size to features `(batch, d)`.
        read: The same for one uint8 image, `(d,)`; see `scorer.reader`.
        labeled: Parts for training and validation, which chooses the cost.
        run: The run in whose folder features are cached; see `trainers.extract`. Its
            report receives the chosen cost and its SROCC.
        settings: See `LinearSVRSettings`.
        method: Name of the method, for the metadata and the model.
        min_side: Smallest side of an image in pixels.
    """
    parts, scale, offset = features_and_targets(read, labeled, run, settings.span)
    linear, figures = choose_and_fit(*parts, settings)
    cost, srocc = figures["cost"], figures["validation_srocc"]
    print(f"linear SVR: C {cost:g}, validation SROCC {srocc:.3f}")
    run.report["regression"] = figures
    linear = LinearMap(linear.weights * scale, linear.bias * scale + offset)
    metadata = {"method": method, "min_side": min_side, **labeled[0].description()}
    return frozen.build_scorer(encoder, linear, metadata, name=method)


def choose_and_fit(
    train: tuple[np.ndarray, np.ndarray],
    validation: tuple[np.ndarray, np.ndarray],
    settings: LinearSVRSettings,
) -> tuple[LinearMap, dict[str, Any]]:
    """Returns the regression fitted to both parts, and how it was chosen.

    Args:
        train: Features `(n, d)` and MOS `(n,)`.
        validation: The same for other images; chooses the cost.
        settings: See `LinearSVRSettings`; scores are in `[0, settings.span]`.
    """
    sroccs = {}
    for cost in settings.costs:
        predictions = fit(*train, settings, cost=cost)(validation[0])
        srocc = metrics.srocc(predictions, validation[1])
        sroccs[cost] = -2.0 if np.isnan(srocc) else float(srocc)
    cost = max(sroccs, key=lambda one: sroccs[one])
    pairs = zip(train, validation, strict=True)
    features, targets = (np.concatenate(pair) for pair in pairs)
    figures = {"cost": cost, "validation_srocc": sroccs[cost]}
    return fit(features, targets, settings, cost=cost), figures


def fit(
    features: np.ndarray,
    targets: np.ndarray,
    settings: LinearSVRSettings,
    *,
    cost: float,
) -> LinearMap:
    """Returns the regression of targets `(n,)` on features `(n, d)`."""
    scaling = Scaling(np.ones(features.shape[1]), np.zeros(features.shape[1]))
    if settings.scaled:
        scaling = fit_scaling(features)
    rows = scaling(features)
    offset = float(targets.mean())
    if settings.kind == "nu":
        if rows.shape[1] < len(rows):
            machine = NuSVR(kernel="linear", C=cost, nu=settings.nu)
            machine.fit(rows, targets - offset)
        else:  # Through inner products, which are fewer numbers than the features.
            machine = NuSVR(kernel="precomputed", C=cost, nu=settings.nu)
            machine.fit(rows @ rows.T, targets - offset)
        weights = machine.dual_coef_[0] @ rows[machine.support_]
        offset += float(machine.intercept_[0])
    else:
        machine = LinearSVR(
            C=cost,
            epsilon=settings.epsilon,
            loss="squared_epsilon_insensitive",
            dual=False,
            fit_intercept=False,
        )
        with warnings.catch_warnings():
            # High costs stop early; validation judges the result.
            warnings.simplefilter("ignore", ConvergenceWarning)
            weights = machine.fit(rows, targets - offset).coef_
    return LinearMap(weights * scaling.scale, offset + float(weights @ scaling.offset))
