"""HyperIQA: a hyper network generates a small quality network for each image."""

import os
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import keras

from tfiqa import __version__
from tfiqa import layers
from tfiqa.layers.mos import MIN_SIDE
from tfiqa.models.functional import FunctionalModel
from tfiqa.models.hyperiqa_network import INITIALIZATIONS
from tfiqa.models.hyperiqa_network import REDUCTION
from tfiqa.models.hyperiqa_network import build_network


@keras.saving.register_keras_serializable(package="tfiqa")
class HyperIQA(FunctionalModel):
    """Predicts the quality of square crops.

    It is an ordinary Keras model: compile it with a regression loss (the paper uses
    `"mean_absolute_error"`), fit it to crops and their scores, save it. `scorer` wraps
    it into a model for full images of any size.

    Args:
        backbone: A key of `tfiqa.backbones.BACKBONES`.
        backbone_weights: `None` for random weights; `"imagenet"`, which downloads the
            published ones; or a file. The paper starts from `"imagenet"`.
        frozen_stages: Number of backbone stages, from the first, that are not trained.
        multi_scale: Whether the content vector reads all four stages (table 5).
        hyper: Whether the target network's weights are generated (table 5).
        content_length: Length of the content vector; more than 48 with `multi_scale`.
        reduction: Widths of the 1x1 convolutions before the hyper feature map.
        hyper_channels: Depth of the hyper feature map.
        hidden: Widths of the target network before its last layer.
        initialization: `"paper"` for Glorot normal, `"official"` for the release's.
        crop_size: Side of the crops in pixels, a multiple of 32.

    Input:
        float32 `(crops, crop_size, crop_size, 3)`, RGB in `[0, 255]`.

    Output:
        `(crops, 1)`, the quality in the units of the training scores.

    Raises:
        ValueError: If an argument is not allowed; names it.

    Example:
        >>> from tfiqa.metrics import SROCC
        >>> model = HyperIQA(backbone="resnet10_slim", crop_size=64)
        >>> model.compile("adam", "mean_absolute_error", metrics=[SROCC()])
        >>> model.fit(crops, mos, batch_size=16)
        >>> scorer = model.scorer(mos_range=(0, 100))

    Reference:
        Su et al., "Blindly Assess Image Quality in the Wild Guided by a Self-Adaptive
        Hyper Network", CVPR 2020.
    """

    def __init__(
        self,
        *,
        backbone: str = "resnet50",
        backbone_weights: str | os.PathLike[str] | None = None,
        frozen_stages: int = 0,
        multi_scale: bool = True,
        hyper: bool = True,
        content_length: int = 224,
        reduction: Sequence[int] = REDUCTION,
        hyper_channels: int = 112,
        hidden: Sequence[int] = (112, 56, 28, 14),
        initialization: str = "paper",
        crop_size: int = 224,
        name: str = "hyperiqa_trainee",
        **kwargs,
    ):
        arguments = {
            "backbone": backbone,
            "frozen_stages": frozen_stages,
            "multi_scale": multi_scale,
            "hyper": hyper,
            "content_length": content_length,
            "reduction": tuple(reduction),
            "hyper_channels": hyper_channels,
            "hidden": tuple(hidden),
            "initialization": initialization,
            "crop_size": crop_size,
        }
        _check(arguments)
        network = build_network(backbone_weights=backbone_weights, **arguments)
        # Full precision under any policy, because losses are computed from it.
        quality = keras.layers.Identity(dtype=keras.config.floatx(), name="quality")(
            network.output[:, -1:]
        )
        super().__init__(network.input, quality, arguments, name=name, **kwargs)

    @property
    def network(self) -> keras.Model:
        """The model from crops to content vectors followed by qualities.

        It shares all weights with this one.
        """
        outputs = self.get_layer("content_and_quality").output
        return keras.Model(self.input, outputs, name="hyperiqa")

    def scorer(
        self,
        *,
        mos_range: tuple[float, float],
        scale: float = 1.0,
        offset: float = 0.0,
        dataset: str = "",
        unit: str = "MOS",
        grid: int = 5,
        coverage: str = "grid",
        crops: str = "grid",
        resize: Sequence[int] = (),
    ) -> keras.Model:
        """Returns the scorer around this model; it shares the weights.

        It maps float32 `(batch, height, width, 3)`, RGB in `[0, 255]`, of any size to
        scores `(batch, 1)`, higher is better; `tfiqa.load_scorer` reads its file.

        Args:
            mos_range: The worst and the best possible score.
            scale: Factor from the units of training to those of the scores.
            offset: Added after the factor.
            dataset: Name of the training set, for the metadata.
            unit: Unit of the scores, for the metadata.
            grid: Number of crops along each side of an image.
            coverage: `"grid"`, or `"full"` to cover every pixel of an image.
            crops: `"grid"` for crops as the two above describe; `"random:COUNT"` for
                crops at random positions, as in the authors' demo; see `random_count`.
            resize: `(height, width)` to which images are first resized, or `()`.
        """
        metadata = {
            "method": "hyperiqa",
            "min_side": MIN_SIDE,
            "dataset": dataset,
            "mos_range": [float(end) for end in mos_range],
            "unit": unit,
            "version": __version__,
        }
        return build_scorer(
            self.network,
            scale=scale,
            offset=offset,
            metadata=metadata,
            grid=grid,
            coverage=coverage,
            crops=crops,
            resize=resize,
        )


def random_count(crops: str) -> int | None:
    """Returns the number of random crops in `"random:COUNT"`, `None` for `"grid"`.

    Raises:
        ValueError: If it is neither.
    """
    kind, _, count = crops.partition(":")
    if crops == "grid":
        return None
    if kind != "random" or not count.isdecimal() or not 1 <= int(count) <= 1000:
        raise ValueError(
            "`crops` must be 'grid', or 'random:COUNT' with a count from 1 to 1000. "
            f"Received: crops={crops!r}"
        )
    return int(count)


def build_scorer(
    network: keras.Model,
    *,
    scale: float,
    offset: float,
    metadata: dict[str, Any],
    grid: int = 5,
    coverage: str = "grid",
    crops: str = "grid",
    resize: Sequence[int] = (),
) -> keras.Model:
    """Returns the scorer around `HyperIQA.network`, sharing its weights.

    Args:
        network: Model from crops to content vectors followed by qualities.
        scale: Factor from the network's units to MOS units.
        offset: Added after the factor.
        metadata: See `layers.MOS`.
        grid: See `HyperIQA.scorer`.
        coverage: See `HyperIQA.scorer`.
        crops: See `HyperIQA.scorer`.
        resize: See `HyperIQA.scorer`.
    """
    images = keras.Input((None, None, 3), name="images")
    resized = images
    if resize:
        height, width = resize
        resized = layers.PillowResize(height, width, name="resize")(images)
    size, count = network.input_shape[1], random_count(crops)
    if count is None:
        cut = layers.PatchMean(
            network, size, grid=grid, coverage=coverage, name="features"
        )
    else:
        cut = layers.RandomPatchMean(network, size, count, name="features")
    features = cut(resized)
    mos = layers.MOS(scale, offset, metadata)(features[:, -1:], images)
    return layers.Scorer(images, mos, name="hyperiqa_scorer")


def _check(arguments: Mapping[str, Any]) -> None:
    size, initialization = arguments["crop_size"], arguments["initialization"]
    if size < 32 or size % 32:
        raise ValueError(
            f"`crop_size` must be a multiple of 32. Received: crop_size={size}"
        )
    if initialization not in INITIALIZATIONS:
        raise ValueError(
            f"`initialization` must be one of {', '.join(INITIALIZATIONS)}. "
            f"Received: initialization={initialization!r}"
        )
    if not arguments["hidden"]:
        raise ValueError("`hidden` must hold at least one width. Received: hidden=()")
