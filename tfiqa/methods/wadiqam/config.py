"""The config of WaDIQaM-NR; the defaults are the paper's."""

import dataclasses
from typing import Any

from tfiqa.config import constraints
from tfiqa.data.label_units import LABELS
from tfiqa.models.wadiqam import TOPS

INITIALIZERS = ("lecun_normal", "he_normal", "glorot_uniform")

# The worst and the best score of the databases that released networks learned from.
# LIVE publishes DMOS, of which lower is better.
RELEASED_RANGES = {"live": (100.0, 0.0), "tid2013": (0.0, 9.0)}


@dataclasses.dataclass(frozen=True)
class Config:
    """Hyperparameters of WaDIQaM-NR.

    The paper states no initialization; the authors' framework draws kernels from
    `lecun_normal`.

    Attributes:
        top: `"weighted"` (WaDIQaM) or `"patchwise"` (DIQaM); see `models.WaDIQaM`.
        patches: Number of random patches of an image in a batch.
        batch_size: Number of images in a batch, over all replicas.
        epochs: Number of passes over the images.
        learning_rate: Learning rate of Adam.
        decay: Factor of the learning rate after every 100 epochs.
        dropout: Share of the hidden units that training drops.
        labels: Targets of the network; see `data.label_units.label_units`.
        unit_range: Whether levels are divided by 255, as in ports of the method.
        weight_floor: Added to the weight of a patch.
        edge_patches: Whether patches that touch the right or the bottom edge of an
            image count in its score; ports of the method skip them.
        channels: Channels of each pair of convolutions.
        units: Hidden units of both heads.
        initializer: Initializer of all kernels.
        database: For a released checkpoint, what it learned from: `"live"`, whose DMOS
            are reversed, so that higher is better, or `"tid2013"`.
    """

    top: str = "weighted"
    patches: int = 32
    batch_size: int = 4
    epochs: int = 3000
    learning_rate: float = 1e-4
    decay: float = 1.0
    dropout: float = 0.5
    labels: str = "raw"
    unit_range: bool = False
    weight_floor: float = 1e-6
    edge_patches: bool = True
    channels: tuple[int, ...] = (32, 64, 128, 256, 512)
    units: int = 512
    initializer: str = "lecun_normal"
    database: str = "tid2013"

    def __post_init__(self):
        constraints.check_choices(self, _CHOICES)
        constraints.check_bounds(self, _BOUNDS)

    @property
    def network(self) -> dict[str, Any]:
        """The keyword arguments of `models.wadiqam.build_network`."""
        return {name: getattr(self, name) for name in _NETWORK}


_NETWORK = (
    *("top", "unit_range", "weight_floor", "channels", "units", "dropout"),
    "initializer",
)

_CHOICES = {
    "top": TOPS,
    "labels": LABELS,
    "initializer": INITIALIZERS,
    "database": tuple(RELEASED_RANGES),
}

_BOUNDS = {
    **dict.fromkeys(("patches", "batch_size", "epochs", "units"), constraints.COUNT),
    **dict.fromkeys(("learning_rate", "decay", "weight_floor"), constraints.POSITIVE),
    "dropout": constraints.SHARE,
    "channels": constraints.Bound(
        "five widths of at least 1",
        lambda widths: len(widths) == 5 and min(widths) >= 1,
    ),
}

# For first trials: a slim network on generated images.
QUICK = {
    "patches": 8,
    "batch_size": 8,
    "epochs": 10,
    "learning_rate": 1e-3,
    "dropout": 0.0,
    "labels": "standardized",
    "unit_range": True,
    "channels": (8, 16, 32, 32, 32),
    "units": 32,
    "initializer": "he_normal",
}

# `patchwise` is the paper's DIQaM-NR. `port` is what the ports to other frameworks do:
# they scale levels, lower the rate, and skip patches at the edges.
VARIANTS = {
    "patchwise": {"top": "patchwise"},
    "port": {"unit_range": True, "decay": 0.8, "edge_patches": False},
}
