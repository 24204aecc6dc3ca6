"""The config of MUSIQ; the network's defaults are the paper's."""

import dataclasses
from typing import Any

from tfiqa.config import constraints
from tfiqa.data.label_units import LABELS


@dataclasses.dataclass(frozen=True)
class Config:
    """Hyperparameters of MUSIQ.

    The defaults of the network are those of the paper and of the release. The release
    contains no code for training: epochs, batch size and rate are the paper's for
    KonIQ-10k. The paper trains on full images; here, training reads square crops, which
    are full images only if those are squares of `crop_size`. Scoring always reads full
    images.

    Attributes:
        weights: An official checkpoint (`.npz`) whose weights training starts from,
            apart from the last layer, or `None` for random weights. The paper starts
            from the one trained on ImageNet.
        sides: Longer sides in pixels of the resized versions; `()` for none.
        grid: Number of positions along each side.
        channels: Channels of the first convolution, a multiple of 32.
        length: Length of a token.
        depth: Number of blocks of the transformer.
        heads: Number of attention heads; divides `length`.
        hidden: Hidden units of each block.
        dropout: Share of the units that training drops.
        outputs: 1 for a quality, more for a distribution of grades from 1.
        labels: Targets of the network; see `data.label_units.label_units`.
        crop_size: Side of the crops for training in pixels.
        patches: Number of random crops per image and epoch.
        batch_size: Number of crops in a batch, over all replicas.
        epochs: Number of passes over the images.
        optimizer: `"sgd"`, with a momentum of 0.9, or `"adam"`.
        learning_rate: Initial rate; it falls to 0 along half a cosine.
    """

    weights: str | None = None
    sides: tuple[int, ...] = (224, 384)
    grid: int = 10
    channels: int = 64
    length: int = 384
    depth: int = 14
    heads: int = 6
    hidden: int = 1152
    dropout: float = 0.0
    outputs: int = 1
    labels: str = "percent"
    crop_size: int = 512
    patches: int = 1
    batch_size: int = 96
    epochs: int = 30
    optimizer: str = "sgd"
    learning_rate: float = 1e-3

    def __post_init__(self):
        constraints.check_choices(
            self, {"labels": LABELS, "optimizer": ("sgd", "adam")}
        )
        constraints.check_bounds(self, _BOUNDS)
        if self.length % self.heads:
            raise ValueError(
                "`heads` must divide `length`. "
                f"Received: heads={self.heads}, length={self.length}"
            )

    @property
    def network(self) -> dict[str, Any]:
        """The keyword arguments of `tfiqa.models.MUSIQ`."""
        return {name: getattr(self, name) for name in _NETWORK}


_NETWORK = (
    *("sides", "grid", "channels", "length", "depth", "heads", "hidden", "dropout"),
    "outputs",
)

_COUNTS = (
    *("grid", "length", "depth", "heads", "hidden", "outputs"),
    *("crop_size", "patches", "batch_size", "epochs"),
)

_BOUNDS = {
    **dict.fromkeys(_COUNTS, constraints.COUNT),
    "learning_rate": constraints.POSITIVE,
    "dropout": constraints.SHARE,
    "channels": constraints.Bound(
        "a multiple of 32", lambda count: count >= 32 and count % 32 == 0
    ),
    "sides": constraints.Bound(
        "rising lengths of at least 1",
        lambda sides: list(sides) == sorted(set(sides)) and min(sides, default=1) >= 1,
    ),
}

# For first trials: a small transformer on generated images.
QUICK = {
    "sides": (64,),
    "channels": 32,
    "length": 48,
    "depth": 2,
    "heads": 2,
    "hidden": 96,
    "labels": "standardized",
    "crop_size": 128,
    "batch_size": 8,
    "epochs": 10,
    "optimizer": "adam",
    "learning_rate": 5e-4,
}

# The released networks of full images alone, and the one of AVA.
RELEASED = {"single_scale": {"sides": ()}, "ava": {"outputs": 10}}
