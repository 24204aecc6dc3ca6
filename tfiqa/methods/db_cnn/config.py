"""The config of DB-CNN; the defaults are the paper's.

Where the paper is silent, they are those of the authors' release for MATLAB. The recipe
`pytorch` is their port to PyTorch.
"""

import dataclasses
from typing import Any

from tfiqa import layers
from tfiqa.config import constraints
from tfiqa.data.label_units import LABELS
from tfiqa.models.db_cnn import EPSILONS
from tfiqa.models.scnn import RELEASES

HEAD_STARTS = ("release", "kaiming")
HEAD_INPUTS = ("images", "crops")


@dataclasses.dataclass(frozen=True)
class Config:
    """Hyperparameters of DB-CNN.

    Training has three stages: the S-CNN learns 39 types and levels of distortions
    (fields `scnn_*`), the last layer learns scores (fields `head_*`), and finally all
    weights learn scores.

    Attributes:
        backbone: A key of `BACKBONES`, the network for content.
        backbone_weights: `"imagenet"`, a file, or `None` for random weights.
        frozen_stages: Number of stages of the backbone, from the first, that are not
            trained in the last stage of training.
        release: The release, `"matlab"` or `"pytorch"`, whose strides and scale of
            pixels a new S-CNN has. An encoder from a file has its own.
        merged: Whether the batch normalization of the S-CNN becomes part of its
            convolutions before it learns scores.
        align: How maps of different sizes are brought together; see
            `layers.BilinearPooling`.
        root: `"signed"`, or `"shifted"` by 1e-8; see `models.DBCNN`.
        scnn_epochs: Number of passes of the S-CNN over the images; 0 leaves it random.
        scnn_batch_size: Number of images in a batch of the S-CNN.
        scnn_resize: Shorter side in pixels to which distorted images are resized; 0 to
            leave them as they are.
        scnn_crop_size: Side of the random crops of these in pixels.
        scnn_rate: Learning rate of the S-CNN in its first epoch.
        scnn_last_rate: Rate in its last epoch; it falls by the same factor each epoch.
        scnn_decay: Coupled L2 decay of the S-CNN.
        momentum: Momentum of stochastic gradient descent, for the S-CNN and the head.
        head_epochs: Number of passes in which only the last layer learns.
        head_rate: Learning rate of these.
        head_decay: Coupled L2 decay of these.
        head_start: Initial weights of the last layer: `"release"` draws them with
            deviation 0.14, `"kaiming"` with variance 2 / fan-in.
        head_inputs: `"images"` computes the features of the images once; `"crops"`
            computes those of new crops in each epoch, while the statistics of any batch
            normalization drift, as in the port to PyTorch.
        labels: Targets of the network: `"percent"` is the MOS scaled to 0..100,
            `"raw"` the published one, `"standardized"` its z-score.
        crop_size: Side of the random crops in pixels, at least 32.
        patches: Number of random crops per image and epoch.
        batch_size: Number of crops in a batch, over all replicas.
        epochs: Number of passes in which all weights learn; 0 leaves both networks as
            they are.
        learning_rate: Learning rate of both networks. The release has 1e-6 for LIVE and
            CSIQ.
        head_ratio: Rate of the last layer as a multiple of that.
        weight_decay: Coupled L2 decay of every weight.
        tile_side: Longest side in pixels that the networks process at once when
            scoring.
        checkpoint_range: The worst and the best possible score of a checkpoint that is
            converted. If the first is larger, lower scores are better there, and the
            scorer returns the sum of both minus the score.
    """

    backbone: str = "vgg16"
    backbone_weights: str | None = "imagenet"
    frozen_stages: int = 0
    release: str = "matlab"
    merged: bool = True
    align: str = "subsample"
    root: str = "signed"
    scnn_epochs: int = 50
    scnn_batch_size: int = 128
    scnn_resize: int = 256
    scnn_crop_size: int = 224
    scnn_rate: float = 0.1
    scnn_last_rate: float = 1e-4
    scnn_decay: float = 5e-4
    momentum: float = 0.9
    head_epochs: int = 50
    head_rate: float = 1e-3
    head_decay: float = 0.0
    head_start: str = "release"
    head_inputs: str = "images"
    labels: str = "percent"
    crop_size: int = 432
    patches: int = 1
    batch_size: int = 8
    epochs: int = 30
    learning_rate: float = 1e-5
    head_ratio: float = 1000.0
    weight_decay: float = 5e-4
    tile_side: int = 1024
    checkpoint_range: tuple[float, ...] = (0.0, 100.0)

    def __post_init__(self):
        constraints.check_choices(self, _CHOICES)
        constraints.check_bounds(self, _BOUNDS)

    @property
    def scnn(self) -> dict[str, Any]:
        """The keyword arguments of `tfiqa.models.SCNN`."""
        return dataclasses.asdict(RELEASES[self.release])

    @property
    def pooling(self) -> dict[str, str]:
        """The keyword arguments of `models.db_cnn.build_network`."""
        return {"align": self.align, "root": self.root}


_CHOICES = {
    "release": tuple(RELEASES),
    "align": layers.ALIGNMENTS,
    "root": tuple(EPSILONS),
    "labels": LABELS,
    "head_start": HEAD_STARTS,
    "head_inputs": HEAD_INPUTS,
}

_COUNTS = ("scnn_batch_size", "patches", "batch_size")
_RATES = ("scnn_rate", "scnn_last_rate", "head_rate", "learning_rate", "head_ratio")
_DECAYS = ("scnn_decay", "head_decay", "weight_decay")
_SIDE = constraints.Bound("at least 32", lambda side: side >= 32)

_BOUNDS = {
    **dict.fromkeys(_COUNTS, constraints.COUNT),
    **dict.fromkeys(("scnn_epochs", "head_epochs", "epochs"), constraints.EPOCHS),
    **dict.fromkeys(_RATES, constraints.POSITIVE),
    **dict.fromkeys(_DECAYS, constraints.NOT_NEGATIVE),
    **dict.fromkeys(("scnn_crop_size", "crop_size"), _SIDE),
    "momentum": constraints.SHARE,
    "scnn_resize": constraints.NOT_NEGATIVE,
    "tile_side": constraints.Bound("at least 64", lambda side: side >= 64),
    "checkpoint_range": constraints.Bound(
        "two different numbers",
        lambda ends: len(ends) == 2 and abs(ends[1] - ends[0]) > 0,
    ),
}

# The unlabeled images of each recipe by default. The paper's S-CNN learned from some
# 22,000 photographs of the Waterloo Exploration Database and PASCAL VOC.
IMAGES = {
    "paper": "stream:textured_leaves/512/65536",
    "quick": "stream:textured_leaves/256/256",
}

# For first trials: a slim trunk from random weights, and few, small images.
QUICK = {
    "backbone": "resnet10_slim",
    "backbone_weights": None,
    "scnn_epochs": 4,
    "scnn_batch_size": 32,
    "scnn_resize": 0,
    "scnn_crop_size": 96,
    "scnn_rate": 0.05,
    "scnn_last_rate": 5e-3,
    "head_epochs": 10,
    "labels": "standardized",
    "crop_size": 128,
    "batch_size": 16,
    "epochs": 10,
    "learning_rate": 3e-4,
    "head_ratio": 10.0,
    "weight_decay": 0.0,
}

# The authors' port to PyTorch. It multiplies its rate for the S-CNN, 0.1, by numbers
# that fall from 0.1 to 1e-4, so that the rate itself falls from 0.01 to 1e-5.
RELEASED = {
    "pytorch": {
        "backbone": "vgg16_torchvision",
        "backbone_weights": None,
        "release": "pytorch",
        "merged": False,
        "align": "resize",
        "root": "shifted",
        "scnn_epochs": 30,
        "scnn_rate": 0.01,
        "scnn_last_rate": 1e-5,
        "head_decay": 5e-4,
        "head_start": "kaiming",
        "head_inputs": "crops",
        "labels": "raw",
        "crop_size": 448,
        "epochs": 50,
        "head_ratio": 1.0,
    },
}
