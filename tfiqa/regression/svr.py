"""Scorers from frozen descriptors, by support vector regression."""

import dataclasses
import itertools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from tfiqa import layers
from tfiqa import metrics
from tfiqa import trainers
from tfiqa.config import constraints
from tfiqa.data.load import Source
from tfiqa.regression.labeled_features import features_and_targets
from tfiqa.regression.support_vectors import KINDS
from tfiqa.regression.support_vectors import SupportVectorMachine
from tfiqa.regression.support_vectors import fit_scaling
from tfiqa.regression.support_vectors import fit_support_vectors


@dataclasses.dataclass(frozen=True)
class SupportVectorSettings:
    """Hyperparameters of support vector regression with a radial basis function.

    Attributes:
        kind: `"epsilon"` or `"nu"`.
        costs: Candidates for C, the cost of an error.
        gammas: Candidates for gamma of the radial basis function. If there is more than
            one pair of cost and gamma, validation chooses.
        tolerance: Epsilon, the error that costs nothing, in units of `span`; or nu,
            the share of images allowed to have a larger error.
        lower: Features are scaled to `[lower, 1]` by their range in training.
        margin: Added to the range of each feature.
        span: Scores are scaled to `[0, span]`, so that costs and epsilon mean the same
            on every dataset.
    """

    kind: str = "epsilon"
    costs: tuple[float, ...] = (1024.0,)
    gammas: tuple[float, ...] = (0.05,)
    tolerance: float = 0.1
    lower: float = -1.0
    margin: float = 0.0
    span: float = 100.0

    def __post_init__(self):
        constraints.check_choices(self, {"kind": KINDS, "lower": (-1.0, 0.0)})
        positive = ("span", "tolerance")
        constraints.check_bounds(
            self,
            {
                **dict.fromkeys(positive, constraints.POSITIVE),
                **dict.fromkeys(("costs", "gammas"), constraints.ALPHAS),
            },
        )


# Candidates for datasets without published settings.
SEARCH: dict[str, Any] = {
    "costs": tuple(float(2**power) for power in range(-1, 12, 2)),
    "gammas": tuple(float(2.0**power) for power in range(-7, 2, 2)),
}

# Smaller images have too few pixels for reliable statistics.
MIN_SIDE = 16


def fitted_scorer(
    descriptor: keras.Model,
    read: Callable[[np.ndarray], np.ndarray],
    labeled: tuple[Source, Source],
    run: trainers.Run,
    settings: SupportVectorSettings,
    *,
    method: str,
) -> keras.Model:
    """Returns the scorer: a descriptor and the regression fitted to its features.

    Cost and gamma are chosen by SROCC on the validation part; the final regression is
    fitted to both parts. Images whose features are not finite are skipped.

    Args:
        descriptor: Model from images of any size to features `(batch, d)`.
        read: The same for one uint8 image, `(d,)`; see `scorer.reader`.
        labeled: Parts for training and validation.
        run: The run in whose folder features are cached; see `trainers.extract`. Its
            report receives the chosen cost, gamma and their SROCC.
        settings: See `SupportVectorSettings`.
        method: Name of the method, for the metadata and the model.
    """
    parts, scale, offset = features_and_targets(read, labeled, run, settings.span)
    machine = choose_and_fit(*parts, run, settings)
    return build_scorer(
        descriptor,
        machine,
        {"method": method, "min_side": MIN_SIDE, **labeled[0].description()},
        scale=scale,
        offset=offset,
        name=method,
    )


def choose_and_fit(
    train: tuple[np.ndarray, np.ndarray],
    validation: tuple[np.ndarray, np.ndarray],
    run: trainers.Run,
    settings: SupportVectorSettings,
) -> SupportVectorMachine:
    """Returns the regression on both parts, with the best cost and gamma on validation.

    Args:
        train: Features `(n, d)` and targets `(n,)`.
        validation: The same for other images.
        run: The run whose report receives the choice.
        settings: See `SupportVectorSettings`.
    """
    sroccs = {}
    for cost, gamma in itertools.product(settings.costs, settings.gammas):
        machine = fit(*train, settings, cost=cost, gamma=gamma)
        srocc = metrics.srocc(machine(validation[0]), validation[1])
        sroccs[cost, gamma] = -2.0 if np.isnan(srocc) else float(srocc)
    cost, gamma = max(sroccs, key=lambda pair: sroccs[pair])
    srocc = sroccs[cost, gamma]
    print(f"SVR: C {cost:g}, gamma {gamma:g}, validation SROCC {srocc:.3f}")
    run.report["regression"] = {"cost": cost, "gamma": gamma, "validation_srocc": srocc}
    features, targets = (
        np.concatenate(pair) for pair in zip(train, validation, strict=True)
    )
    return fit(features, targets, settings, cost=cost, gamma=gamma)


def fit(
    features: np.ndarray,
    targets: np.ndarray,
    settings: SupportVectorSettings,
    *,
    cost: float,
    gamma: float,
) -> SupportVectorMachine:
    """Returns the regression of targets `(n,)` on features `(n, d)`."""
    scaling = fit_scaling(features, lower=settings.lower, margin=settings.margin)
    return fit_support_vectors(
        *(features, targets),
        kind=settings.kind,
        cost=cost,
        gamma=gamma,
        tolerance=settings.tolerance,
        scaling=scaling,
    )


def build_scorer(
    descriptor: keras.Model,
    machine: SupportVectorMachine,
    metadata: dict[str, Any],
    *,
    scale: float,
    offset: float = 0.0,
    name: str,
) -> keras.Model:
    """Returns the scorer: descriptor, scaling and regression as Keras layers.

    Args:
        descriptor: Model from images of any size to features `(batch, d)`.
        machine: Regression with a scaling.
        metadata: See `layers.MOS`.
        scale: Factor from the regression to MOS.
        offset: Added after the factor.
        name: Name of the model.
    """
    if machine.scaling is None:
        raise ValueError("A regression with the ranges of its features is expected.")
    scaling = layers.FeatureScaling(name="scaling")
    regression = layers.SupportVectors(
        len(machine.vectors), machine.gamma, name="support_vectors"
    )
    quality = regression(scaling(descriptor.output))
    scaling.set_weights([machine.scaling.scale, machine.scaling.offset])
    regression.set_weights(
        [machine.vectors, machine.coefficients[:, None], np.array([machine.bias])]
    )
    mos = layers.MOS(scale, offset, metadata=metadata)(quality, descriptor.input)
    return layers.Scorer(descriptor.input, mos, name=name)
