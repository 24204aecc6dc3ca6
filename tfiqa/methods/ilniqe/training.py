"""IL-NIQE: many more statistics than NIQE, and each block compared by itself.

It learns nothing from scores (Zhang, Zhang & Bovik, "A feature-enriched completely
blind image quality evaluator", IEEE Transactions on Image Processing 2015). Images
are resized to one size; normalized luminance, gradients, log-Gabor responses and
color of sharp pristine blocks are reduced by their principal components.
"""

import dataclasses
from typing import Any

import keras

from tfiqa import layers
from tfiqa import trainers
from tfiqa.backbones.checkpoints import Arrays
from tfiqa.config import constraints
from tfiqa.data.sources import Sources
from tfiqa.models.ilniqe import FEATURES as FEATURES
from tfiqa.models.ilniqe import ILNIQE
from tfiqa.models.ilniqe import NOMINAL as NOMINAL
from tfiqa.pristine import blocks

IMAGES = "stream:textured_leaves/512/96"


@dataclasses.dataclass(frozen=True)
class Config:
    """Hyperparameters of IL-NIQE.

    Attributes:
        side: Images are resized to this many rows and columns.
        size: Side of a block in pixels.
        sharpest: Training uses the blocks that are sharper than this share of the
            sharpest block of their image.
        kept: Share of the principal components to keep.
        exact_zeros: Whether rounding errors in flat areas become 0, so that scores of
            such images do not depend on the order of additions. The authors' code
            keeps these errors, and so do converted models of theirs in any case.
    """

    side: int = 524
    size: int = 84
    sharpest: float = 0.78
    kept: float = 0.92
    exact_zeros: bool = True

    def __post_init__(self):
        layers.ILNIQEFeatures.check_size(self.size)
        if self.side < self.size:
            raise ValueError(
                "`side` must be at least `size`, the side of one block. "
                f"Received: side={self.side}, size={self.size}"
            )
        constraints.check_bounds(self, _BOUNDS)


_BOUNDS = {
    "sharpest": constraints.SHARE,
    "kept": constraints.Bound(
        f"a share of {FEATURES} components, at least one of them and at most all",
        lambda kept: 1 / FEATURES <= kept <= 1,
    ),
}


QUICK: dict[str, Any] = {}

# What the authors' code does, but their paper does not mention.
RELEASED = {"released": {"exact_zeros": False}}


def train(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Returns the scorer that compares images with `sources.images`.

    Raises:
        UnfitImages: If there are not more sharp blocks than features.
    """
    images = sources.unlabeled()
    model = ILNIQE(**dataclasses.asdict(config))
    return model.fitted(images.first_epoch(run.seed), dataset=images.name)


def check(config: Config, sources: Sources, run: trainers.Run) -> None:
    """Raises an error unless there are images; `train` counts their blocks."""
    sources.unlabeled()


def convert(arrays: Arrays, config: Config) -> keras.Model:
    """Returns the scorer of the authors' `templateModel.mat`.

    Raises:
        ValueError: If the arrays are not a model of IL-NIQE.
    """
    shapes = {
        "templateModel{0}": (1, "d"),
        "templateModel{1}": ("d", "d"),
        "templateModel{2}": (FEATURES, 1),
        "templateModel{3}": (FEATURES, "d"),
    }
    mean, covariance, center, directions = blocks.taken(
        arrays, shapes, method="IL-NIQE"
    )
    whitening = directions @ blocks.whitening(covariance)
    center = center[:, 0] + directions @ mean[0]
    model = ILNIQE(**{**dataclasses.asdict(config), "exact_zeros": False})
    return model.compared_with(center, whitening, dataset="published")
