"""The config of Re-IQA; the defaults are the paper's."""

import dataclasses
from typing import Any

from tfiqa.methods.reiqa import checks
from tfiqa.methods.reiqa.checks import EXPERTS
from tfiqa.regression.settings import Regression


@dataclasses.dataclass(frozen=True)
class Config(Regression):
    """Hyperparameters of Re-IQA, and of its regression (`regression.Regression`).

    Fields that begin with `content_` replace those without the prefix in the training
    of the content expert; see `alone`.

    Attributes:
        expert: `"quality"`, `"content"` or `"both"`.
        backbone: A key of `BACKBONES`.
        backbone_weights: `None` for random weights, `"imagenet"` or a file.
        projection: Length of the compared vectors.
        patch_size: Side of the crops in pixels.
        n_aug: Number of distorted versions of an image; with the image itself they are
            its chunk.
        bank: Source of their types: `"kadid"`, the 25 types of KADID-10k, or
            `"released"`, the 26 of the authors' code.
        scales: 1 for full scale only, 2 for half scale as well.
        half: Filter of the half scale: `"pillow"`, as when features are computed, or as
            `"released"`, with aliasing.
        overlap: Smallest and largest share of a crop that both crops of a pair see.
        offsets: Offset of the second crop: `"free"`, in any direction with uniform
            overlap, or as `"released"`, down and right, sometimes one row above the
            largest share.
        swap: How half of a chunk exchanges its two crops: `"clean"`; `"released"`,
            which damages them; or `"none"`.
        small: Treatment of images smaller than the window of both crops: `"reflect"`
            extends them, `"released"` puts them on black.
        queue_size: Number of keys in the queue, at least those of a batch.
        temperature: Divides the similarities.
        momentum: Share of the key network that each step keeps.
        negatives: Keys that a query is pushed away from: `"batch"` for those of the
            queue and of its batch, `"queue"` for the queue alone, as released.
        batch_size: Number of images in a batch, over all replicas.
        micro_batch: The largest number of crops that a network sees at once on one
            device, for either expert; `None` for all. Fewer take
            less memory and more time. Batch normalization uses the statistics of each
            part; see `config.cuts`.
        bn_groups: Number of groups of a batch, over all replicas, between which batch
            normalization shares no statistics; a replica has at least one. With more
            than one, keys are computed in another order than queries, so that
            statistics do not reveal which belong together.
        epochs: Number of passes over the images; 0 uses the backbone unchanged.
        optimizer: `"lars"` or `"sgd"`.
        learning_rate: The highest learning rate. It scales with the batch size.
        warm_up: Number of epochs in which the rate rises.
        optimizer_momentum: Momentum of the optimizer.
        weight_decay: Coupled L2 decay.
        content_backbone: See `backbone`.
        content_backbone_weights: See `backbone_weights`.
        content_patch_size: See `patch_size`.
        content_batch_size: See `batch_size`.
        content_bn_groups: See `bn_groups`.
        content_epochs: See `epochs`.
        content_optimizer: See `optimizer`.
        content_learning_rate: See `learning_rate`.
        content_warm_up: See `warm_up`.
        repeats: Number of divisions of the labeled images by content whose medians are
            reported.
    """

    expert: str = "both"
    backbone: str = "resnet50"
    backbone_weights: str | None = None
    projection: int = 128
    patch_size: int = 160
    n_aug: int = 11
    bank: str = "kadid"
    scales: int = 2
    half: str = "pillow"
    overlap: tuple[float, ...] = (0.1, 0.3)
    offsets: str = "free"
    swap: str = "clean"
    small: str = "reflect"
    queue_size: int = 65536
    temperature: float = 0.2
    momentum: float = 0.999
    negatives: str = "batch"
    batch_size: int = 630
    micro_batch: int | None = None
    bn_groups: int = 1
    epochs: int = 40
    optimizer: str = "lars"
    learning_rate: float = 12.0
    warm_up: int = 5
    optimizer_momentum: float = 0.9
    weight_decay: float = 1e-4
    content_backbone: str = "resnet50"
    content_backbone_weights: str | None = None
    content_patch_size: int = 224
    content_batch_size: int = 256
    content_bn_groups: int = 8
    content_epochs: int = 200
    content_optimizer: str = "sgd"
    content_learning_rate: float = 0.03
    content_warm_up: int = 0
    repeats: int = 10

    @property
    def experts(self) -> tuple[str, ...]:
        """The experts to train."""
        return EXPERTS if self.expert == "both" else (self.expert,)

    def alone(self, expert: str) -> "Config":
        """Returns the config of one expert, without `content_` fields to consider."""
        if expert == "quality":
            return dataclasses.replace(self, expert=expert)
        prefix = "content_"
        own = {
            field.name.removeprefix(prefix): getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name.startswith(prefix)
        }
        return dataclasses.replace(self, expert=expert, **own)

    @property
    def crops(self) -> int:
        """The number of crops of one view in a batch, for the config of one expert."""
        if self.expert == "content":
            return self.batch_size
        return self.batch_size * self.scales * (self.n_aug + 1)

    @property
    def network(self) -> dict[str, Any]:
        """The keyword arguments of `tfiqa.models.ReIQA`, for the config of one expert.

        See `alone`.
        """
        names = ("expert", "backbone", "backbone_weights")
        return {name: getattr(self, name) for name in names}

    @property
    def contrast(self) -> dict[str, Any]:
        """The keyword arguments of `ReIQA.trainer`, for the config of one expert."""
        names = ("projection", "queue_size", "temperature", "momentum", "negatives")
        return {name: getattr(self, name) for name in names}

    def __post_init__(self):
        super().__post_init__()
        checks.check(self)


# The experts of joined encoders; see `Method`.
ENCODERS = EXPERTS

# The default sources of images, with the number of new images per epoch; see `Method`.
IMAGES = {
    "paper": "stream:textured_leaves/512/65536",
    "quick": "stream:textured_leaves/256/64",
}

# For first trials: slim trunks, few and small crops, and a short queue.
QUICK = {
    "backbone": "resnet10_slim",
    "patch_size": 64,
    "n_aug": 3,
    "queue_size": 1024,
    "momentum": 0.99,
    "batch_size": 4,
    "epochs": 4,
    "optimizer": "sgd",
    "learning_rate": 0.03,
    "warm_up": 1,
    "content_backbone": "resnet10_slim",
    "content_patch_size": 64,
    "content_batch_size": 16,
    "content_bn_groups": 2,
    "content_epochs": 4,
}

# Behavior of the authors' code that is not in their paper.
RELEASED = {
    "released": {
        "bank": "released",
        "half": "released",
        "offsets": "released",
        "swap": "released",
        "small": "released",
        "negatives": "queue",
    },
}
