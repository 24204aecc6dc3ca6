"""Linear probe: statistics of a frozen backbone and ridge regression.

The floor for every other method, and as recipe `resnet50` the row "ResNet-50" of
CONTRIQUE's tables. An image is described by the
mean and the standard deviation of each channel of several stages, at full and at half
scale; large images are described tile by tile.
"""

import dataclasses
from typing import Any

import keras

from tfiqa import trainers
from tfiqa.backbones import checks
from tfiqa.config import constraints
from tfiqa.data.sources import Sources
from tfiqa.layers.mos import MIN_SIDE
from tfiqa.models.linear_probe import LinearProbe
from tfiqa.regression import frozen
from tfiqa.regression.alphas import FINE
from tfiqa.regression.alphas import WIDE as ALPHAS
from tfiqa.regression.settings import Regression
from tfiqa.scoring.scorer import reader


@dataclasses.dataclass(frozen=True)
class Config(Regression):
    """Hyperparameters of the linear probe, and of its regression.

    Unlike those of one layer, its features differ in scale, so they are standardized by
    default; see `regression.Regression` for the fields of the regression.

    Attributes:
        backbone: A key of `BACKBONES`.
        backbone_weights: `"torchvision"`, those of the papers' tables; `"imagenet"` for
            those of KerasHub or Keras; a file; or `None` for random weights.
        stages: `"all"`, or `"last"` for the last stage only.
        statistics: `"mean_std"`, or `"mean"` only.
        scales: 2 for full and half scale, 1 for full scale only.
        tile_size: Side in pixels of the tiles that cover an image.
    """

    backbone: str = "resnet50"
    backbone_weights: str | None = "torchvision"
    stages: str = "all"
    statistics: str = "mean_std"
    scales: int = 2
    tile_size: int = 512
    standardize: bool = True
    alphas: tuple[float, ...] = ALPHAS

    def __post_init__(self):
        super().__post_init__()
        constraints.check_choices(self, _CHOICES)
        constraints.check_bounds(self, {"tile_size": _TILE})

    @property
    def network(self) -> dict[str, Any]:
        """The keyword arguments of `tfiqa.models.LinearProbe`."""
        return {name: getattr(self, name) for name in _NETWORK}


_NETWORK = (
    *("backbone", "backbone_weights", "stages", "statistics", "scales", "tile_size"),
)

_CHOICES = {
    "stages": ("all", "last"),
    "statistics": ("mean_std", "mean"),
    "scales": (1, 2),
}

_TILE = constraints.Bound("at least 32", lambda side: side >= 32)

# The row "ResNet-50" of CONTRIQUE's tables: the last stage at both scales, and the
# regression of its encoder.
RESNET50 = {
    "stages": "last",
    "statistics": "mean",
    "standardize": False,
    "alphas": FINE,
}

QUICK = {
    "backbone": "resnet10_slim",
    "backbone_weights": None,
    "tile_size": 256,
}


def train(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Chooses alpha on `sources.validation`, then fits the ridge on both parts.

    Nothing is trained by gradients, so there is nothing to distribute; a resumed run
    starts over.
    """
    labeled = sources.labeled()
    keras.utils.set_random_seed(run.seed)
    descriptor = LinearProbe(**config.network).descriptor()
    read = reader(descriptor)
    ridge = frozen.regress(
        lambda example: read(example["image"]),
        labeled,
        run,
        **config.regression,
    )
    metadata = {
        "method": "linear_probe",
        "min_side": MIN_SIDE,
        **labeled[0].description(),
    }
    return frozen.build_scorer(descriptor, ridge, metadata, name="linear_probe")


def check(config: Config, sources: Sources, run: trainers.Run) -> None:
    """Raises an error unless there are scores, and the backbone exists."""
    del run  # Any run is allowed.
    sources.labeled()
    checks.check(config)
