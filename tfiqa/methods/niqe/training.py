"""NIQE: natural scene statistics, compared with those of pristine pictures.

Nothing is learned from scores (Mittal, Soundararajan & Bovik, "Making a completely
blind image quality analyzer", IEEE Signal Processing Letters 2013). Sharp blocks of
pristine pictures give the mean and the covariance that a picture is compared with.
"""

import dataclasses
from typing import Any

import keras
import numpy as np

from tfiqa import __version__
from tfiqa import layers
from tfiqa import trainers
from tfiqa.backbones.checkpoints import Arrays
from tfiqa.config import constraints
from tfiqa.data.sources import Sources
from tfiqa.pristine import blocks

IMAGES = "stream:textured_leaves/512/64"
FEATURES = 36

# Worst and best distance that are nominally expected, for a score from 0 to 100.
NOMINAL = (15.0, 2.0)


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
        UnfitPictures: If there are no more sharp blocks than features.
    """
    images = sources.unlabelled()
    sharp = blocks.sharp_patches(
        _features(config, with_sharpness=True),
        images,
        run,
        sharpest=config.sharpest,
        min_side=config.size,
    )
    mean, covariance = blocks.statistics(sharp, least=FEATURES)
    return build_scorer(config, mean, covariance, dataset=images.name)


def check(config: Config, sources: Sources, run: trainers.Run) -> None:
    """Raises an error unless there are pictures; blocks are counted by `train`."""
    sources.unlabelled()


def convert(arrays: Arrays, config: Config) -> keras.Model:
    """Returns the scorer of the authors' `modelparameters.mat`.

    Raises:
        ValueError: If the arrays are not those of NIQE.
    """
    shapes = {"mu_prisparam": (1, FEATURES), "cov_prisparam": (FEATURES, FEATURES)}
    mean, covariance = blocks.taken(arrays, shapes, method="NIQE")
    config = dataclasses.replace(config, exact_zeros=False)
    return build_scorer(config, mean[0], covariance, dataset="published")


def build_scorer(
    config: Config, mean: np.ndarray, covariance: np.ndarray, *, dataset: str
) -> keras.Model:
    """Returns the scorer.

    Args:
        config: Of the features.
        mean: Of pristine blocks, `(36,)`.
        covariance: Of pristine blocks, `(36, 36)`, of full rank.
        dataset: What the pristine pictures are called.
    """
    images = keras.Input((None, None, 3), name="images")
    patches = _features(config)(images)
    features = layers.PatchAverage(name="features")(patches)
    distance = layers.NIQEDistance(FEATURES, name="distance")
    quality = distance(patches, features)
    distance.set_weights([mean, blocks.whitening(covariance)])
    metadata = {
        "method": "niqe",
        "dataset": dataset,
        "mos_range": [-NOMINAL[0], -NOMINAL[1]],
        "unit": "negative NIQE distance",
        "min_side": config.size,
        "version": __version__,
        "patch": {"size": config.size, "stride": config.size},
    }
    mos = layers.MOS(scale=-1.0, metadata=metadata)(quality, images)
    return keras.Model(images, mos, name="niqe")


def _features(config: Config, **options) -> layers.NIQEFeatures:
    return layers.NIQEFeatures(
        config.size, config.exact_zeros, name="patches", **options
    )
