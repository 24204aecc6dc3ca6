"""NIQE: natural scene statistics, compared with those of pristine images.

It learns nothing from scores (Mittal, Soundararajan & Bovik, "Making a completely
blind image quality analyzer", IEEE Signal Processing Letters 2013). Sharp blocks of
pristine images give the mean and the covariance that an image is compared with.
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
        sharpest: Training uses the blocks that are sharper than this share of the
            sharpest block of their image.
        exact_zeros: Whether rounding errors in flat areas become 0, so that scores of
            such images do not depend on the order of additions. The authors' code
            keeps these errors, and so do converted models of theirs in any case.
    """

    size: int = 96
    sharpest: float = 0.75
    exact_zeros: bool = True

    def __post_init__(self):
        layers.NIQEFeatures.check_size(self.size)
        constraints.check_bounds(self, {"sharpest": constraints.SHARE})


QUICK: dict[str, Any] = {}

# What the authors' code does, but their paper does not mention.
RELEASED = {"released": {"exact_zeros": False}}


def train(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Returns the scorer that compares images with `sources.images`.

    Raises:
        UnfitImages: If there are not more sharp blocks than features.
    """
    images = sources.unlabeled()
    model = NIQE(**dataclasses.asdict(config))
    return model.fitted(images.first_epoch(run.seed), dataset=images.name)


def check(config: Config, sources: Sources, run: trainers.Run) -> None:
    """Raises an error unless there are images; `train` counts their blocks."""
    sources.unlabeled()


def convert(arrays: Arrays, config: Config) -> keras.Model:
    """Returns the scorer of the authors' `modelparameters.mat`.

    Raises:
        ValueError: If the arrays are not a model of NIQE.
    """
    shapes = {"mu_prisparam": (1, FEATURES), "cov_prisparam": (FEATURES, FEATURES)}
    mean, covariance = blocks.taken(arrays, shapes, method="NIQE")
    model = NIQE(**{**dataclasses.asdict(config), "exact_zeros": False})
    return model.compared_with(mean[0], covariance, dataset="published")
