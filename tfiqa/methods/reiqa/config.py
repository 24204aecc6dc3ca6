"""What can be chosen about Re-IQA; the defaults are the paper's."""

import dataclasses
from typing import Any

from tfiqa.methods.reiqa import checks
from tfiqa.methods.reiqa.checks import EXPERTS
from tfiqa.regression.alphas import FINE


@dataclasses.dataclass(frozen=True)
class Config:
    """Hyperparameters of Re-IQA.

    Fields that begin with `content_` take the place of those without in the training
    of the content expert; see `alone`.

    Attributes:
        expert: `"quality"`, `"content"` or `"both"`.
        backbone: A key of `BACKBONES`.
        backbone_weights: `None` for random weights, `"imagenet"` or a file.
        projection: Length of the vectors that are compared.
        patch_size: Side of the crops in pixels.
        n_aug: Distorted versions of a picture; with the picture they are its chunk.
        bank: Where their types are from: `"kadid"`, the 25 types of KADID-10k, or
            `"released"`, the 26 of the authors' code.
        scales: 1 for the picture alone, 2 for its half as well.
        half: How pictures are halved: by `"pillow"`, as they are when features are
            computed, or as `"released"`, with aliases.
        overlap: Least and largest share of a crop that the other one of a pair sees.
        offsets: Of the second crop: `"free"`, in any direction and even in the overlap,
            or as `"released"`, down and right, at times a row above the largest share.
        swap: Half of a chunk exchanges its two crops. `"clean"`; `"released"`, where
            they are damaged on the way; or `"none"`.
        small: What becomes of pictures that are smaller than the window of both crops:
            `"reflect"` continues them, `"released"` puts them on black.
        queue_size: Keys that are remembered. The keys of a batch must fit.
        temperature: Divides the similarities.
        momentum: Share of the key network that each step keeps.
        negatives: Keys that a query is pushed away from: those of the queue and of its
            own `"batch"`, or of the `"queue"` alone as released.
        batch_size: Pictures in a batch, over all replicas.
        epochs: Passes over the pictures; 0 takes the backbone as it is.
        optimizer: `"lars"` or `"sgd"`.
        learning_rate: The highest. It belongs to the batch size.
        warm_up: Epochs in which the rate rises.
        optimizer_momentum: Of the optimizer.
        weight_decay: Coupled L2.
        content_backbone: See `backbone`.
        content_backbone_weights: See `backbone_weights`.
        content_patch_size: See `patch_size`.
        content_batch_size: See `batch_size`.
        content_epochs: See `epochs`.
        content_optimizer: See `optimizer`.
        content_learning_rate: See `learning_rate`.
        content_warm_up: See `warm_up`.
        regressor: `"ridge"` or `"elastic_net"`.
        l1_ratio: Share of the absolute values in the penalty of the elastic net.
        alphas: Candidates for the strength of the penalty, chosen on validation.
        repeats: Divisions of the labelled pictures by content whose medians are told.
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
    content_epochs: int = 200
    content_optimizer: str = "sgd"
    content_learning_rate: float = 0.03
    content_warm_up: int = 0
    regressor: str = "ridge"
    l1_ratio: float = 0.5
    alphas: tuple[float, ...] = FINE
    repeats: int = 10

    @property
    def experts(self) -> tuple[str, ...]:
        """The experts that are trained."""
        return EXPERTS if self.expert == "both" else (self.expert,)

    def alone(self, expert: str) -> "Config":
        """Returns the config of one expert, for which every field holds as it is."""
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
        checks.check(self)


# The experts of encoders that are joined; see `Method`.
ENCODERS = EXPERTS

# What is learned from where nothing is named, so many new pictures in each epoch; see
# `Method`.
IMAGES = {
    "paper": "stream:textured_leaves/512/65536",
    "quick": "stream:textured_leaves/256/64",
}

# The newcomer's run: slim trunks, few and small crops, a short queue that changes soon.
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
    "content_epochs": 4,
}

# What the authors' code does and their paper does not tell.
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
