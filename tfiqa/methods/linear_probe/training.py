"""Linear probe: statistics of a frozen backbone and ridge regression.

The floor for every other method, and with `stages="last"`, `statistics="mean"` and
`scales=1` the "ResNet-50" row of the literature's tables. A picture is described by the
mean and the standard deviation of each channel of several stages, at full and at half
scale; large pictures are described tile by tile.
"""

import dataclasses

import keras
import numpy as np
from keras import ops

from tfiqa import backbones
from tfiqa import layers
from tfiqa import trainers
from tfiqa.backbones import checks
from tfiqa.config import constraints
from tfiqa.data.sources import Sources
from tfiqa.regression import frozen
from tfiqa.scoring.scorer import reader

# Candidates for the strength of the ridge, of standardized features.
ALPHAS = tuple(float(alpha) for alpha in np.logspace(-2, 6, 17))


@dataclasses.dataclass(frozen=True)
class Config:
    """Hyperparameters of the linear probe.

    Attributes:
        backbone: A key of `BACKBONES`.
        backbone_weights: `"imagenet"`, a file, or `None` for random weights.
        stages: `"all"`, or `"last"` for the last stage alone.
        statistics: `"mean_std"`, or `"mean"` alone.
        scales: 2 for full and half scale, 1 for full scale alone.
        tile_size: Side in pixels of the tiles that cover a picture.
        alphas: Candidates for the strength of the ridge, chosen on validation.
    """

    backbone: str = "resnet50"
    backbone_weights: str | None = "imagenet"
    stages: str = "all"
    statistics: str = "mean_std"
    scales: int = 2
    tile_size: int = 512
    alphas: tuple[float, ...] = ALPHAS

    def __post_init__(self):
        constraints.check_choices(self, _CHOICES)
        constraints.check_bounds(
            self, {"tile_size": _TILE, "alphas": constraints.ALPHAS}
        )


_CHOICES = {
    "stages": ("all", "last"),
    "statistics": ("mean_std", "mean"),
    "scales": (1, 2),
}

_TILE = constraints.Bound("at least 32", lambda side: side >= 32)

QUICK = {
    "backbone": "resnet10_slim",
    "backbone_weights": None,
    "tile_size": 256,
}


def train(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Chooses alpha on `sources.validation`, then fits the ridge on both parts.

    Nothing is trained by gradients, so there is nothing to distribute; a resumed run
    starts again.
    """
    labelled = sources.labelled()
    keras.utils.set_random_seed(run.seed)
    descriptor = build_descriptor(config)
    read = reader(descriptor)
    ridge = frozen.regress(
        lambda example: read(example["image"]),
        labelled,
        run,
        alphas=config.alphas,
        standardized=True,
    )
    metadata = {"method": "linear_probe", "min_side": 1, **labelled[0].description()}
    return frozen.build_scorer(descriptor, ridge, metadata, name="linear_probe")


def check(config: Config, sources: Sources, run: trainers.Run) -> None:
    """Raises an error unless there are scores to learn from, and the backbone."""
    del run  # Any will do.
    sources.labelled()
    checks.check(config)


def build_descriptor(config: Config) -> keras.Model:
    """Returns the model from pictures of any size to features, `(batch, d)`."""
    size = config.tile_size
    tiles = keras.Input((size, size, 3), name="tiles")
    backbone = backbones.build_backbone(config.backbone, config.backbone_weights)
    backbone.trainable = False
    vectors = _statistics(backbone(tiles), config)
    if config.scales == 2:
        half = layers.PillowResize(size // 2, size // 2, name="half_scale")(tiles)
        vectors += _statistics(backbone(half), config)
    network = keras.Model(
        tiles, keras.layers.Concatenate(name="statistics")(vectors), name="descriptor"
    )
    images = keras.Input((None, None, 3), name="images")
    features = layers.PatchMean(network, size, coverage="full", name="features")
    return keras.Model(images, features(images), name="linear_probe_descriptor")


def _statistics(stages: list, config: Config) -> list:
    """Returns the chosen statistics of the chosen stages, each `(batch, channels)`."""
    vectors = []
    for stage in stages[-1:] if config.stages == "last" else stages:
        stage = ops.cast(stage, "float32")
        vectors.append(ops.mean(stage, axis=(1, 2)))
        if config.statistics == "mean_std":
            vectors.append(_deviation(stage))
    return vectors


def _deviation(stage):
    """Returns the deviation over space; where all is alike it is 0, as is its slope."""
    variance = ops.var(stage, axis=(1, 2))
    varies = variance > 0
    # First a number, then a choice: the root of 0 has no slope.
    return ops.where(varies, ops.sqrt(ops.where(varies, variance, 1.0)), 0.0)
