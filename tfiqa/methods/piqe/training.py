"""PIQE as a method: its scorer needs no training."""

import dataclasses

import keras

from tfiqa import trainers
from tfiqa.data.sources import Sources
from tfiqa.models.piqe import piqe


@dataclasses.dataclass(frozen=True)
class Config:
    """PIQE has no hyperparameters."""


def train(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Returns the scorer, whatever the sources are."""
    del config, sources, run
    return piqe()


def check(config: Config, sources: Sources, run: trainers.Run) -> None:
    """Accepts everything, since nothing is learned."""
    del config, sources, run
