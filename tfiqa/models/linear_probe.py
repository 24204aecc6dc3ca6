"""Linear probe: statistics of a frozen backbone and ridge regression."""

import os
from collections.abc import Iterable
from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from tfiqa import backbones
from tfiqa import layers
from tfiqa.models import regressed
from tfiqa.models.fitted import Fitted
from tfiqa.regression.alphas import WIDE as ALPHAS

_ALLOWED = {
    "stages": ("all", "last"),
    "statistics": ("mean_std", "mean"),
    "scales": (1, 2),
}


@keras.saving.register_keras_serializable(package="tfiqa")
class LinearProbe(Fitted):
    """Maps images of any size to the statistics of a backbone's stages.

    `fitted` returns the scorer of a ridge regression on them; nothing is trained by
    gradients. Large images are processed tile by tile. It is a baseline for every other
    method; with `stages="last"`, `statistics="mean"` and `scales=1` it is the
    "ResNet-50" row in the tables of the literature.

    Args:
        backbone: A key of `tfiqa.backbones.BACKBONES`.
        backbone_weights: `None` for random weights; `"imagenet"`, which downloads the
            published ones and makes a useful probe; or a file.
        stages: `"all"`, or `"last"` for the last stage only.
        statistics: `"mean_std"`, or `"mean"` only.
        scales: 2 for full and half scale, 1 for full scale only.
        tile_size: Side in pixels of the tiles that cover an image, 32 or more.

    Input:
        float32 `(batch, height, width, 3)`, RGB in `[0, 255]`.

    Output:
        float32 `(batch, d)`.

    Raises:
        ValueError: If an argument is not allowed; names it.

    Example:
        >>> probe = LinearProbe(
        ...     backbone="efficientnet_lite0", backbone_weights="package"
        ... )
        >>> scorer = probe.fitted(images, mos)
    """

    def __init__(
        self,
        *,
        backbone: str = "resnet50",
        backbone_weights: str | os.PathLike[str] | None = None,
        stages: str = "all",
        statistics: str = "mean_std",
        scales: int = 2,
        tile_size: int = 512,
        name: str = "linear_probe_descriptor",
        **kwargs,
    ):
        arguments = {
            "backbone": backbone,
            "stages": stages,
            "statistics": statistics,
            "scales": scales,
            "tile_size": tile_size,
        }
        for field, allowed in _ALLOWED.items():
            if arguments[field] not in allowed:
                raise ValueError(
                    f"`{field}` must be one of {', '.join(map(str, allowed))}. "
                    f"Received: {field}={arguments[field]!r}"
                )
        network = _tile_network(backbone_weights, **arguments)
        images = keras.Input((None, None, 3), name="images")
        features = layers.PatchMean(
            network, tile_size, coverage="full", name="features"
        )(images)
        super().__init__(images, features, arguments, name=name, **kwargs)

    def fitted(
        self,
        images: Iterable[np.ndarray],
        scores: Sequence[float] | np.ndarray,
        *,
        alphas: Sequence[float] = ALPHAS,
        seed: int = 0,
        mos_range: tuple[float, float] | None = None,
        dataset: str = "",
        unit: str = "MOS",
    ) -> keras.Model:
        """Returns the scorer of a ridge regression of scores on the features.

        It maps float32 `(batch, height, width, 3)`, RGB in `[0, 255]`, of any size to
        scores `(batch, 1)`, higher is better; `tfiqa.load_scorer` reads its file.

        Args:
            images: uint8 `(height, width, 3)` each, at least 2, all of different
                scenes.
            scores: One for each image, higher is better.
            alphas: Candidate strengths of the ridge, positive. The one with the best
                SROCC on an eighth of the images is used.
            seed: Seed that draws that eighth.
            mos_range: The worst and the best possible score; `None` for the observed
                ones.
            dataset: Name of the images, for the metadata.
            unit: Unit of the scores, for the metadata.

        Raises:
            ValueError: If there is not one finite score for each image.
        """
        descriptor = self.descriptor()
        rows, mos = regressed.features_and_scores(descriptor, images, scores)
        ridge = regressed.regression_of(
            rows, mos, alphas=alphas, standardized=True, seed=seed
        )
        description = regressed.description(
            "linear_probe", mos, mos_range=mos_range, dataset=dataset, unit=unit
        )
        return regressed.build_scorer(
            descriptor, ridge, description, name="linear_probe"
        )

    def descriptor(self) -> keras.Model:
        """Returns this model as a plain one that shares its weights."""
        return keras.Model(self.input, self.output, name=self.name)


def _tile_network(
    weights: str | os.PathLike[str] | None,
    *,
    backbone: str,
    stages: str,
    statistics: str,
    scales: int,
    tile_size: int,
) -> keras.Model:
    """Returns the model from tiles to the statistics of their feature maps."""
    tiles = keras.Input((tile_size, tile_size, 3), name="tiles")
    trunk = backbones.build_backbone(backbone, weights)
    trunk.trainable = False
    vectors = _statistics(trunk(tiles), stages, statistics)
    if scales == 2:
        half = layers.PillowResize(tile_size // 2, tile_size // 2, name="half_scale")
        vectors += _statistics(trunk(half(tiles)), stages, statistics)
    return keras.Model(
        tiles, keras.layers.Concatenate(name="statistics")(vectors), name="descriptor"
    )


def _statistics(maps: list, stages: str, statistics: str) -> list:
    """Returns the chosen statistics of the chosen stages, each `(batch, channels)`."""
    vectors = []
    for stage in maps[-1:] if stages == "last" else maps:
        stage = ops.cast(stage, "float32")
        vectors.append(ops.mean(stage, axis=(1, 2)))
        if statistics == "mean_std":
            vectors.append(deviation(stage))
    return vectors


def deviation(stage):
    """Returns the spatial standard deviation, `(batch, channels)`.

    If all values are equal, it and its gradient are 0.
    """
    variance = ops.var(stage, axis=(1, 2))
    is_varying = variance > 0
    # Replaced before the root: the root of 0 has no gradient.
    return ops.where(is_varying, ops.sqrt(ops.where(is_varying, variance, 1.0)), 0.0)
