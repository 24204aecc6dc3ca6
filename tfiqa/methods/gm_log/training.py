"""How GM-LOG is fitted to scored images."""

import dataclasses
from typing import Any

import keras

from tfiqa import trainers
from tfiqa.data.sources import Sources
from tfiqa.models.gm_log import gm_log_features
from tfiqa.regression import svr
from tfiqa.scoring.scorer import reader


@dataclasses.dataclass(frozen=True)
class Config(svr.SupportVectorSettings):
    """Hyperparameters of GM-LOG; the defaults are the paper's for LIVE and CSIQ."""

    costs: tuple[float, ...] = (16384.0,)
    gammas: tuple[float, ...] = (2.0,)


RECIPES: dict[str, dict[str, Any]] = {
    "quick": {},
    "search": svr.SEARCH,
    "tid2008": {"costs": (128.0,), "gammas": (16.0,), "span": 9.0},
}


def train(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Returns the scorer of a regression on `sources.train` and `sources.validation`.

    The cost and gamma are chosen on validation if the config names more than one of
    either. A resumed run reuses the features that it finds.
    """
    descriptor = gm_log_features()
    return svr.fitted_scorer(
        *(descriptor, reader(descriptor), sources.labeled(), run, config),
        method="gm_log",
    )


def check(config: Config, sources: Sources, run: trainers.Run) -> None:
    """Raises an error unless there are scores to learn from."""
    del config, run  # Not needed.
    sources.labeled()
