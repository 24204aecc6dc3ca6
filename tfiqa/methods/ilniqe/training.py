"""IL-NIQE: many more statistics than NIQE, and each block compared by itself.

Nothing is learned from scores (Zhang, Zhang & Bovik, "A feature-enriched completely
blind image quality evaluator", IEEE Transactions on Image Processing 2015). Pictures
are resized to one size; normalized luminance, gradients, log-Gabor responses and
colour of sharp pristine blocks are reduced by their principal components.
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
        side: Pictures are resized to this many rows and columns.
        size: Side of a block in pixels.
        sharpest: Blocks are learned from if they are sharper than this share of the
            sharpest of their picture.
        kept: Share of the principal components that is kept.
        exact_zeros: Whether what is rounding in flat areas becomes 0, so that scores
            of such pictures do not depend on the order of additions. The authors'
            code leaves it, and so do their models, whatever is said here.
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

# What the authors' code does and their paper does not tell.
RELEASED = {"released": {"exact_zeros": False}}


def train(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Returns the scorer that compares with `sources.images`.

    Raises:
        UnfitImages: If there are no more sharp blocks than features.
    """
    images = sources.unlabeled()
    model = ILNIQE(**dataclasses.asdict(config))
    return model.fitted(images.first_epoch(run.seed), dataset=images.name)


def check(config: Config, sources: Sources, run: trainers.Run) -> None:
    """Raises an error unless there are pictures; blocks are counted by `train`."""
    sources.unlabeled()


def convert(arrays: Arrays, config: Config) -> keras.Model:
    """Returns the scorer of the authors' `templateModel.mat`.

    Raises:
        ValueError: If the arrays are not those of IL-NIQE.
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
