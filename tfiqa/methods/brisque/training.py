"""How BRISQUE is fitted to scored images."""

import dataclasses
from typing import Any

import keras

from tfiqa import layers
from tfiqa import trainers
from tfiqa.config import constraints
from tfiqa.data.sources import Sources
from tfiqa.models.brisque import brisque_features
from tfiqa.regression import svr
from tfiqa.scoring.scorer import reader


@dataclasses.dataclass(frozen=True)
class Config(svr.SupportVectorSettings):
    """Hyperparameters of BRISQUE; the defaults are those of the authors' release.

    Attributes:
        variant: Implementation of the features: `"ut"` for the authors', `"opencv"` for
            OpenCV's.
        exact_zeros: Whether rounding errors in flat areas become 0, so that scores of
            such images do not depend on the order of additions. Published models were
            made without this, and are always converted without it.
    """

    variant: str = "ut"
    exact_zeros: bool = True

    def __post_init__(self):
        super().__post_init__()
        constraints.check_choices(self, {"variant": tuple(layers.BRISQUE_VARIANTS)})


# Settings of the PQR toolbox for its tables, by dataset; its scores are in the units of
# the dataset, hence the spans. `margin` is MATLAB's `eps`.
_PQR: dict[str, Any] = {
    "kind": "nu",
    "tolerance": 0.5,
    "lower": 0.0,
    "margin": 2.0**-52,
}
RECIPES: dict[str, dict[str, Any]] = {
    "quick": {},
    "search": svr.SEARCH,
    "pqr_clive": {**_PQR, "costs": (1e4,), "gammas": (0.05,)},
    "pqr_live": {**_PQR, "costs": (1e5,), "gammas": (0.05,)},
    "pqr_csiq": {**_PQR, "costs": (16.0,), "gammas": (0.05,), "span": 1.0},
    "pqr_tid2013": {**_PQR, "costs": (256.0,), "gammas": (0.005,), "span": 9.0},
}


def train(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Returns the scorer of a regression on `sources.train` and `sources.validation`.

    The cost and gamma are chosen on validation if the config names more than one of
    either. A resumed run reuses the features that it finds.
    """
    descriptor = brisque_features(
        variant=config.variant, exact_zeros=config.exact_zeros
    )
    return svr.fitted_scorer(
        *(descriptor, reader(descriptor), sources.labeled(), run, config),
        method="brisque",
    )


def check(config: Config, sources: Sources, run: trainers.Run) -> None:
    """Raises an error unless there are scores to learn from."""
    del config, run  # Not needed.
    sources.labeled()
