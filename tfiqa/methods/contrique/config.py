"""The config of CONTRIQUE; the defaults are the paper's."""

import dataclasses
from typing import Any

from tfiqa.config import constraints
from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions import LEVELS
from tfiqa.distortions.unchanged import changing_levels
from tfiqa.regression.settings import Regression

DECAYS = ("kernels", "released")
COLORS = ("gray", "lab", "hsv", "local_mean", "rgb")
LABS = ("proper", "released")

# Types at five levels, and the pristine images.
PRISTINE = len(DISTORTIONS) * LEVELS
CLASSES = PRISTINE + 1
# Without the levels that equal their source.
DRAWN_CLASSES = len(changing_levels(DISTORTIONS)) + 1


@dataclasses.dataclass(frozen=True)
class Config(Regression):
    """Hyperparameters of CONTRIQUE, and of its regression (`regression.Regression`).

    Attributes:
        backbone: A key of `BACKBONES`.
        backbone_weights: `None` for random weights, `"imagenet"` or a file.
        grid: Number of cells along each side of a crop's feature map.
        projection: Length of the projected vectors.
        temperature: Divides the similarities in the loss.
        crop_size: Side of the crops in pixels.
        colors: Color spaces from which each view draws one, with equal probability.
        lab: `"proper"` has a and b around 128, `"released"` as signed bytes.
        unchanged_classes: Whether levels that equal their source are classes of their
            own, as in the authors' labels, although nothing tells them apart.
        sequence: Largest number of distortions of an image, one after another. With
            more than 1, a class is a set of types and levels, and positives weigh as
            much as their sets share; see `losses.MultiLabelNTXent`.
        batch_size: Number of images in a batch, over all replicas. Half of them are
            authentic images if there are any, otherwise all are distorted ones.
        micro_batch: The largest number of crops of one view that a network sees at
            once on one device; `None` for all. Fewer take less memory and more time.
            Batch normalization uses the statistics of each part; see `config.cuts`.
        versions: Number of versions of a pristine image that follow one another in the
            batches, of different classes.
        versions_per_epoch: Number of versions of each pristine image in an epoch. 5 as
            in KADIS-700k, where an epoch of the authors counts distorted images:
            700,000 for 140,000 pristine ones.
        epochs: Number of passes over the distorted images, or over the authentic ones
            if these are fewer.
        learning_rate: Learning rate at the end of the warm-up. It scales with the batch
            size: a smaller batch needs a rate smaller by the same factor.
        warm_up: Share of all steps in which the rate rises.
        momentum: Momentum of stochastic gradient descent.
        weight_decay: Coupled L2 decay.
        decay: Weights that decay: `"kernels"` only, or as `"released"`, where the
            scales and offsets of some batch normalizations decay too.
        loss_weight: Factor of the loss.
        repeats: Number of divisions of the labeled images by content whose medians are
            reported.
        references: Folder of reference images, for the full-reference variant: files
            named by the `reference_id` of the examples. `None` for the blind one.
    """

    backbone: str = "resnet50"
    backbone_weights: str | None = None
    grid: int = 2
    projection: int = 128
    temperature: float = 0.1
    crop_size: int = 256
    colors: tuple[str, ...] = COLORS
    lab: str = "proper"
    unchanged_classes: bool = False
    sequence: int = 1
    batch_size: int = 512
    micro_batch: int | None = None
    versions: int = 1
    versions_per_epoch: int = 5
    epochs: int = 25
    learning_rate: float = 0.6
    warm_up: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 1e-4
    decay: str = "kernels"
    loss_weight: float = 1.0
    repeats: int = 10
    references: str | None = None

    def __post_init__(self):
        super().__post_init__()
        constraints.check_choices(self, {"decay": DECAYS, "lab": LABS})
        constraints.check_bounds(self, _BOUNDS)

    @property
    def network(self) -> dict[str, Any]:
        """The keyword arguments of `tfiqa.models.CONTRIQUE`."""
        names = ("backbone", "backbone_weights")
        return {name: getattr(self, name) for name in names}

    @property
    def contrast(self) -> dict[str, Any]:
        """The keyword arguments of `CONTRIQUE.trainer`."""
        names = ("grid", "projection", "temperature", "loss_weight")
        same = {name: getattr(self, name) for name in names}
        return {**same, "sets": self.sequence > 1}

    @property
    def label_shape(self) -> tuple[int, ...]:
        """The shape of the label of an image."""
        return () if self.sequence == 1 else (self.sequence,)


_GROUPS = {row.group for row in DISTORTIONS.values()}

_BOUNDS = {
    **dict.fromkeys(
        ("grid", "projection", "epochs", "versions_per_epoch"), constraints.COUNT
    ),
    **dict.fromkeys(
        ("temperature", "learning_rate", "loss_weight"), constraints.POSITIVE
    ),
    **dict.fromkeys(("warm_up", "momentum"), constraints.SHARE),
    "weight_decay": constraints.NOT_NEGATIVE,
    "micro_batch": constraints.MICRO_BATCH,
    "repeats": constraints.EPOCHS,
    "sequence": constraints.Bound(
        f"1 to {len(_GROUPS)}, the number of groups of types",
        lambda most: 1 <= most <= len(_GROUPS),
    ),
    "batch_size": constraints.Bound("at least 2", lambda size: size >= 2),
    "crop_size": constraints.Bound("at least 32", lambda size: size >= 32),
    "versions": constraints.Bound(
        f"1 to {DRAWN_CLASSES}, the number of classes that are drawn",
        lambda some: 1 <= some <= DRAWN_CLASSES,
    ),
    "colors": constraints.Bound(
        f"from {', '.join(COLORS)}, at least one",
        lambda colors: len(colors) > 0 and set(colors) <= set(COLORS),
    ),
}


# The sources in Madhusudana et al.'s talk on learning from synthetic images alone
# (2022), one for each row of its tables and one of all three, with the number of new
# images per epoch. The talk does not say how many images it used, how large they are,
# nor how long it trained. These numbers are ours. At 512 pixels, a view of 256 at half
# scale would always be the whole image. What takes time is to draw images, so an epoch
# has 65,536 new ones, each in five versions one after another, as KADIS-700k has five
# of each of its images: 327,680 distorted images and 640 steps an epoch, 16,000 steps
# in all. CONTRIQUE's own training takes some 59,000.
#
# `danbooru` is the row of that name: the talk used this dataset of drawn images, which
# we do not distribute. It reads your own copy, prepared as `danbooru`, or a folder:
# `--recipe danbooru --images FOLDER`. `drawn` learns from generated scenes in that
# manner instead, so its numbers are not those of the row.
_MIXED = (
    "stream:dead_leaves/640/21846,stream:textured_leaves/640/21845,stream:cel/640/21845"
)
_TALK = {
    "dead_leaves": "stream:dead_leaves/640/65536",
    "textured_leaves": "stream:textured_leaves/640/65536",
    "drawn": "stream:cel/640/65536",
    "danbooru": "danbooru",
    # Ours: all generated ones.
    "mixed": _MIXED,
    # What the talk names as future work: several distortions of each image.
    "composed": _MIXED,
}

# The default sources of images; see `Method`.
IMAGES = {
    **_TALK,
    "paper": _TALK["textured_leaves"],
    "quick": "stream:textured_leaves/256/256",
}
AUTHENTIC_IMAGES = dict.fromkeys(_TALK, "none")

# For first trials: a slim trunk, and few, small images.
QUICK = {
    "backbone": "resnet10_slim",
    "crop_size": 64,
    "batch_size": 32,
    "versions": 4,
    "versions_per_epoch": 4,
    "epochs": 8,
    "learning_rate": 0.05,
}

# Behavior of the authors' code that is not in their paper. On four processes it divides
# the gradient of the loss, but not that of the decay, by their number.
_RELEASED = {"decay": "released", "lab": "released", "unchanged_classes": True}
_OF_TALK = {"colors": ("gray", "lab", "hsv", "rgb"), "versions": 5}
RELEASED = {
    "released": _RELEASED,
    "released_four_processes": {**_RELEASED, "loss_weight": 0.25},
    # The talk names four color spaces.
    **{source: _OF_TALK for source in _TALK},
    "composed": {**_OF_TALK, "sequence": 3},
}
