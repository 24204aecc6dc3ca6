"""Hyperparameters of PQR and SQR."""

import dataclasses
from typing import Any

from tfiqa.config import constraints
from tfiqa.models.pqr import LABELS

QUANTIZATIONS = ("uniform", "lloyd_max")


@dataclasses.dataclass(frozen=True)
class Config:
    """Hyperparameters of PQR and SQR; the defaults are the paper's for ResNet-50.

    Attributes:
        backbone: A key of `BACKBONES`, `"alexnet"` or `"s_cnn_64"`.
        backbone_weights: See `backbones.build_crop_network`. The paper starts from
            weights for ImageNet, but `"s_cnn_64"` from random ones.
        frozen_stages: Number of stages of a backbone, the first ones, that are not
            trained; 0 for `"alexnet"` and `"s_cnn_64"`.
        labels: What the network learns of a patch: `"distribution"` (PQR) or `"score"`
            (SQR).
        anchors: Number of anchors of a distribution.
        sharpness: How much a distribution concentrates on the nearest anchor; see
            `losses.soft_labels`.
        quantization: `"uniform"` for anchors at equal distances, `"lloyd_max"` for
            those of least squared distance from the scores.
        centered: Whether the mean color of training patches is subtracted from each
            pixel, instead of the mean that the weights expect.
        patch_size: Side of a patch in pixels.
        patches: Number of random patches per image and epoch.
        batch_size: Number of patches in a batch, over all replicas.
        epochs: Number of passes over the images.
        learning_rate: Rate of the first epoch; it falls by a constant factor per epoch.
        last_rate: Rate of the last epoch.
        momentum: Momentum of the gradient descent.
        weight_decay: Coupled L2 decay of every weight.
        dropout: Share of the vector before the last layer that training drops.
        regression_patches: About how many training patches the regression from
            distributions to scores is fitted to, after each epoch.
        stride: Distance in pixels of neighboring patches of an image when scoring.
    """

    backbone: str = "resnet50"
    backbone_weights: str | None = "imagenet"
    frozen_stages: int = 0
    labels: str = "distribution"
    anchors: int = 5
    sharpness: float = 64.0
    quantization: str = "uniform"
    centered: bool = True
    patch_size: int = 224
    patches: int = 50
    batch_size: int = 64
    epochs: int = 10
    learning_rate: float = 1e-3
    last_rate: float = 1e-4
    momentum: float = 0.9
    weight_decay: float = 1e-4
    dropout: float = 0.5
    regression_patches: int = 5000
    stride: int = 64

    def __post_init__(self):
        constraints.check_choices(
            self, {"labels": LABELS, "quantization": QUANTIZATIONS}
        )
        constraints.check_bounds(self, _BOUNDS)

    @property
    def network(self) -> dict[str, Any]:
        """The keyword arguments of `models.pqr.build_network`, without `center`."""
        names = ("backbone", "backbone_weights", "frozen_stages", "patch_size")
        return {
            **{name: getattr(self, name) for name in (*names, "dropout")},
            "outputs": self.anchors if self.labels == "distribution" else 1,
        }


_COUNTS = ("patch_size", "patches", "batch_size", "epochs", "stride")

_BOUNDS = {
    **dict.fromkeys((*_COUNTS, "regression_patches"), constraints.COUNT),
    **dict.fromkeys(("learning_rate", "last_rate", "sharpness"), constraints.POSITIVE),
    **dict.fromkeys(("momentum", "dropout"), constraints.SHARE),
    "weight_decay": constraints.NOT_NEGATIVE,
    "frozen_stages": constraints.Bound("0 to 4", lambda count: 0 <= count <= 4),
    "anchors": constraints.Bound("at least 2", lambda count: count >= 2),
}

# The other networks of the authors' code.
_ALEXNET: dict[str, Any] = {
    "backbone": "alexnet",
    "patch_size": 227,
    "batch_size": 256,
    "epochs": 20,
    "weight_decay": 5e-4,
}
_S_CNN: dict[str, Any] = {
    "backbone": "s_cnn_64",
    "backbone_weights": None,
    "patch_size": 64,
    "patches": 500,
    "batch_size": 1024,
    "epochs": 40,
    "learning_rate": 1e-2,
    "last_rate": 1e-3,
    "weight_decay": 5e-4,
    "stride": 32,
}
_SQR = {"labels": "score"}

RECIPES: dict[str, dict[str, Any]] = {
    "quick": {**_S_CNN, "patches": 8, "batch_size": 32, "epochs": 10, "stride": 64},
    "alexnet": _ALEXNET,
    "s_cnn": _S_CNN,
    "sqr": _SQR,
    "sqr_alexnet": {**_ALEXNET, **_SQR},
    "sqr_s_cnn": {**_S_CNN, **_SQR},
}
