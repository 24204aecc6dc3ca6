"""NIQE: natural scene statistics, compared with those of pristine pictures.

Nothing is learned from scores (Mittal, Soundararajan & Bovik, "Making a completely
blind image quality analyzer", IEEE Signal Processing Letters 2013). Sharp blocks of
pristine pictures give the mean and the covariance that a picture is compared with.
"""

import dataclasses
from typing import Any

import keras

from tfiqa import layers
from tfiqa import trainers
from tfiqa.backbones.checkpoints import Arrays
from tfiqa.config import constraints
from tfiqa.data.sources import Sources
from tfiqa.models.niqe import FEATURES as FEATURES
from tfiqa.models.niqe import NIQE
from tfiqa.models.niqe import NOMINAL as NOMINAL
from tfiqa.pristine import blocks

IMAGES = "stream:textured_leaves/512/64"


@dataclasses.dataclass(frozen=True)
class Config:
    """Hyperparameters of NIQE.

    Attributes:
        size: Side of a block in pixels.
        sharpest: Blocks are learned from if they are sharper than this share of the
            sharpest of their picture.
        exact_zeros: Whether what is rounding in flat areas becomes 0, so that scores
            of such pictures do not depend on the order of additions. The authors'
            code leaves it, and so do their models, whatever is said here.
    """

    size: int = 96
    sharpest: float = 0.75
    exact_zeros: bool = True

    def __post_init__(self):
        layers.NIQEFeatures.check_size(self.size)
        constraints.check_bounds(self, {"sharpest": constraints.SHARE})


QUICK: dict[str, Any] = {}

# What the authors' code does and their paper does not tell.
RELEASED = {"released": {"exact_zeros": False}}


def train(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Returns the scorer that compares with `sources.images`.

    Raises:
        UnfitImages: If there are no more sharp blocks than features.
    """
    images = sources.unlabeled()
    model = NIQE(**dataclasses.asdict(config))
    return model.fitted(images.first_epoch(run.seed), dataset=images.name)


def check(config: Config, sources: Sources, run: trainers.Run) -> None:
    """Raises an error unless there are pictures; blocks are counted by `train`."""
    sources.unlabeled()


def convert(arrays: Arrays, config: Config) -> keras.Model:
    """Returns the scorer of the authors' `modelparameters.mat`.

    Raises:
        ValueError: If the arrays are not those of NIQE.
    """
    shapes = {"mu_prisparam": (1, FEATURES), "cov_prisparam": (FEATURES, FEATURES)}
    mean, covariance = blocks.taken(arrays, shapes, method="NIQE")
    model = NIQE(**{**dataclasses.asdict(config), "exact_zeros": False})
    return model.compared_with(mean[0], covariance, dataset="published")
