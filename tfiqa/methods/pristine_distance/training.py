"""Pristine distance: any encoder as a scorer that needs no scores.

It compares the features of an image's patches with those of pristine patches, both as
Gaussians. Published tables of opinion-unaware methods mark such scorers with an
asterisk, as in "CONTRIQUE*". `contentsep` learns an encoder for this method. Instead of
an encoder of patches, it can use the maps of a trunk that is trained for other tasks.
"""

import dataclasses

import keras

from tfiqa import layers
from tfiqa import pristine
from tfiqa import trainers
from tfiqa.backbones import checks
from tfiqa.backbones import efficientnet_lite
from tfiqa.backbones import efficientnet_lite_weights
from tfiqa.config import constraints
from tfiqa.data.sources import Sources
from tfiqa.scoring.encoder import load_encoder

# Number of groups of the trunk whose maps are used, of seven.
GROUPS = 5
# Smallest side of an image in pixels: that of one window of a trunk's maps.
MIN_SIDE = 48


@dataclasses.dataclass(frozen=True)
class Config(pristine.Scoring):
    """Hyperparameters of the comparison; see `tfiqa.pristine.Scoring`.

    Attributes:
        trunk: A key of `efficientnet_lite.VARIANTS`, whose maps then describe windows;
            no encoder is needed, and of `pristine.Scoring` only `pristine_pictures` is
            used. `None` to describe patches by the encoder.
        trunk_weights: `"package"` for the weights of the trunk's package, a file in the
            published format, or `None` for random weights.
        tile_side: Longest side in pixels that the trunk processes at once, a multiple
            of 16.
    """

    trunk: str | None = None
    trunk_weights: str | None = "package"
    tile_side: int = 1024

    def __post_init__(self):
        super().__post_init__()
        constraints.check_bounds(self, _BOUNDS)


_BOUNDS = {
    "trunk": constraints.Bound(
        f"None or one of {', '.join(efficientnet_lite.VARIANTS)}",
        lambda name: name is None or name in efficientnet_lite.VARIANTS,
    ),
    "tile_side": constraints.Bound(
        "a multiple of 16, 64 or more", lambda side: side >= 64 and side % 16 == 0
    ),
}

RECIPES: dict[str, dict[str, object]] = {
    "quick": {},
    # Multi-scale deep feature statistics, with a smaller trunk than in the paper.
    "mdfs": {"trunk": "efficientnet_lite0"},
}

# The default pristine images.
IMAGES = "stream:dead_leaves/384/48"


def train(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Returns the scorer that compares with `sources.images`.

    Nothing is trained; a resumed run starts over.

    Raises:
        ValueError: If there is no encoder and no trunk, or there are no images.
    """
    images = sources.unlabeled()
    if config.trunk is not None:
        return pristine.window_scorer(
            trunk_windows(config.trunk, config.trunk_weights, side=config.tile_side),
            images.first_epoch(run.seed),
            limit=config.pristine_pictures,
            method="pristine_distance",
            dataset=images.name,
            min_side=MIN_SIDE,
        )
    return pristine.distance_scorer(
        load_encoder(sources.pretrained()),
        images.first_epoch(run.seed),
        config,
        method="pristine_distance",
        dataset=images.name,
    )


def trunk_windows(name: str, weights: str | None, *, side: int) -> layers.MapWindows:
    """Returns the layer that describes windows by the maps of a trunk.

    Args:
        name: A key of `efficientnet_lite.VARIANTS`.
        weights: See `Config.trunk_weights`.
        side: Longest side in pixels that the trunk processes at once.

    Raises:
        ValueError: If the weights cannot be read.
    """
    stages = efficientnet_lite.build_stages(name)
    if weights is not None:
        arrays = efficientnet_lite_weights.read_weights(name, weights)
        efficientnet_lite_weights.load_published(stages, arrays)
    maps = efficientnet_lite.group_maps(stages, GROUPS)
    network = efficientnet_lite.on_pixels(maps)
    network.trainable = False
    strides = efficientnet_lite.GROUP_STRIDES[:GROUPS]
    return layers.MapWindows(network, strides, side, name="windows")


def check(config: Config, sources: Sources, run: trainers.Run) -> None:
    """Raises an error unless there are an encoder and pristine patches, or a trunk."""
    if config.trunk is None:
        sources.pretrained()
        images = sources.unlabeled()
        pristine.check(images.first_epoch(run.seed), config, dataset=images.name)
        return
    checks.check_backbone("trunk", config.trunk, config.trunk_weights)
    sources.unlabeled()
