"""The config of HyperIQA; the defaults are the paper's."""

import dataclasses
from typing import Any

from tfiqa import layers
from tfiqa.backbones import STRIDES
from tfiqa.config import constraints
from tfiqa.data.label_units import LABELS
from tfiqa.models.hyperiqa import random_count
from tfiqa.models.hyperiqa_network import INITIALIZATIONS
from tfiqa.models.hyperiqa_network import REDUCTION

SCHEDULES = ("paper", "cosine", "official_intended", "official_literal")


@dataclasses.dataclass(frozen=True)
class Config:
    """Hyperparameters of HyperIQA.

    Attributes:
        backbone: A key of `BACKBONES`.
        backbone_weights: `"torchvision"`, the paper's; `"imagenet"` for those of
            KerasHub, of a newer training; a file; or `None` for random weights.
        frozen_stages: Number of trunk stages, from the first, that are not trained.
        multi_scale: Whether the content vector reads all four stages (table 5).
        hyper: Whether the target network's weights are generated (table 5).
        content_length: Length of the content vector.
        reduction: Widths of the 1x1 convolutions before the hyper feature map.
        hyper_channels: Depth of the hyper feature map.
        hidden: Widths of the target network before its last layer.
        initialization: Initialization of the new layers: `"paper"` for Glorot normal,
            `"official"` for that of the release.
        labels: Targets of the network: `"percent"` is the MOS scaled to 0..100,
            `"raw"` the published one, `"standardized"` its z-score.
        crop_size: Side of the crops in pixels, a multiple of 32.
        patches: Number of random crops per image and epoch.
        batch_size: Number of crops in a batch, over all replicas.
        micro_batch: The largest number of crops that a network sees at once on one
            device; `None` for all. Fewer take less memory and more time. Batch
            normalization uses the statistics of each part; see `config.cuts`.
        epochs: Number of passes over the images.
        schedule: Schedule of the learning rates; see `training.learning_rates`.
        learning_rate: Learning rate of the trunk.
        hyper_ratio: Rate of `fast` layers as a multiple of the trunk's.
        fast: Layers with that rate: `"new"` for all new ones, as the paper says;
            `"hyper"` for the hyper network alone, as in the release, whose local
            branches belong to the trunk and learn as slowly.
        weight_decay: Coupled L2 decay of every weight.
        grid: Number of crops along each side of an image when scoring.
        coverage: `"grid"`, or `"full"` to cover every pixel of an image.
        crops: `"grid"`; or `"random:COUNT"` for crops at random positions when scoring,
            as the authors' demo takes ten. Then `grid` and `coverage` are not used.
        resize: `(height, width)` to which images are first resized, or `()`. The
            recipe `official_koniq` sets `(512, 384)`.
        cache_maps: Whether the maps of a frozen trunk are computed once, for the crops
            that the scorer cuts. An epoch then takes `patches` of these. Training uses
            the validation images too, and all epochs.
        map_dropout: With `cache_maps`, the share of the channels of the trunk's maps
            that training drops; not in the paper.
        folds: With `cache_maps`, the number of shares of the images. A network that has
            not seen a share scores it, which calibrates the scorer; 0 for none.
        interval_share: Share of the MOS that intervals of a calibrated scorer cover.
    """

    backbone: str = "resnet50"
    backbone_weights: str | None = "torchvision"
    frozen_stages: int = 0
    multi_scale: bool = True
    hyper: bool = True
    content_length: int = 224
    reduction: tuple[int, ...] = REDUCTION
    hyper_channels: int = 112
    hidden: tuple[int, ...] = (112, 56, 28, 14)
    initialization: str = "paper"
    labels: str = "percent"
    crop_size: int = 224
    patches: int = 25
    batch_size: int = 96
    micro_batch: int | None = None
    epochs: int = 15
    schedule: str = "paper"
    learning_rate: float = 2e-5
    hyper_ratio: float = 10.0
    fast: str = "new"
    weight_decay: float = 5e-4
    grid: int = 5
    coverage: str = "grid"
    crops: str = "grid"
    resize: tuple[int, ...] = ()
    cache_maps: bool = False
    map_dropout: float = 0.0
    folds: int = 5
    interval_share: float = 0.9

    def __post_init__(self):
        constraints.check_choices(self, _CHOICES)
        constraints.check_bounds(self, _BOUNDS)
        random_count(self.crops)
        if self.cache_maps:
            constraints.check_choices(self, _CHOICES_OF_CACHE)
            constraints.check_bounds(self, {"patches": _crops_of(self.grid)})

    @property
    def network(self) -> dict[str, Any]:
        """The keyword arguments of `tfiqa.models.HyperIQA`."""
        return {name: getattr(self, name) for name in _NETWORK}

    @property
    def head(self) -> dict[str, Any]:
        """The keyword arguments of `models.hyperiqa_head.build_head`."""
        return {name: getattr(self, name) for name in _HEAD}

    @property
    def cutting(self) -> dict[str, Any]:
        """Arguments of `HyperIQA.scorer` that determine the crops."""
        return {name: getattr(self, name) for name in _CUTTING}


_CUTTING = ("grid", "coverage", "crops", "resize")

_HEAD = (
    *("multi_scale", "hyper", "content_length", "reduction", "hyper_channels"),
    "hidden",
)

_NETWORK = (
    *("backbone", "backbone_weights", "frozen_stages", *_HEAD),
    *("initialization", "crop_size"),
)

# What the maps of a frozen trunk can be cached for.
_CHOICES_OF_CACHE = {
    "frozen_stages": (len(STRIDES),),
    "initialization": ("paper",),
    "labels": ("standardized",),
    "coverage": ("grid",),
    "crops": ("grid",),
    "resize": ((),),
}

_CHOICES = {
    "schedule": SCHEDULES,
    "labels": LABELS,
    "initialization": INITIALIZATIONS,
    "coverage": layers.COVERAGES,
    "fast": ("new", "hyper"),
}


def _crops_of(grid: int) -> constraints.Bound:
    return constraints.Bound(
        f"at most {grid**2} crops, those of `grid`, if maps are cached",
        lambda patches: patches <= grid**2,
    )


_COUNTS = ("content_length", "hyper_channels", "patches", "batch_size", "epochs")

_BOUNDS = {
    **dict.fromkeys((*_COUNTS, "grid"), constraints.COUNT),
    **dict.fromkeys(("learning_rate", "hyper_ratio"), constraints.POSITIVE),
    "map_dropout": constraints.SHARE,
    "weight_decay": constraints.NOT_NEGATIVE,
    "micro_batch": constraints.MICRO_BATCH,
    "folds": constraints.Bound(
        "0, or at least 2", lambda count: count == 0 or count >= 2
    ),
    "interval_share": constraints.Bound("between 0 and 1", lambda share: 0 < share < 1),
    "crop_size": constraints.Bound(
        "a multiple of 32", lambda side: side >= 32 and side % 32 == 0
    ),
    "hidden": constraints.Bound(
        "widths of at least 1, at least one of them",
        lambda widths: len(widths) > 0 and min(widths) >= 1,
    ),
    "reduction": constraints.Bound(
        "widths of at least 1", lambda widths: all(width >= 1 for width in widths)
    ),
    "resize": constraints.Bound(
        "`(height, width)` or `()`",
        lambda sides: len(sides) in (0, 2) and all(side >= 1 for side in sides),
    ),
}
