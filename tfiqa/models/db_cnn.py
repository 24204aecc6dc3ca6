"""DB-CNN: two networks, for content and for distortions, joined by bilinear pooling.

images -> VGG-16, pre-trained on ImageNet       -> map -\
                                                         bilinear pooling -> quality
images -> S-CNN, pre-trained on distortions     -> map -/
"""

import os
from collections.abc import Sequence
from typing import Any

import keras

from tfiqa import __version__
from tfiqa import backbones
from tfiqa import layers
from tfiqa.layers.mos import MIN_SIDE
from tfiqa.models.functional import FunctionalModel
from tfiqa.models.scnn import RELEASES
from tfiqa.models.scnn import SCNN

# Layers with a learning rate of their own.
FAST_LAYERS = ("quality",)

# The layer whose output is the map of content, where it is not the backbone's third
# stage: VGG-16 without its last pooling.
LAST_LAYERS: dict[str, str] = dict.fromkeys(
    ("vgg16", "vgg16_torchvision"), "block5_conv3"
)

# Added to entries before the root; see `layers.SquareRootNorm`.
EPSILONS = {"signed": 0.0, "shifted": 1e-8}


@keras.saving.register_keras_serializable(package="tfiqa")
class DBCNN(FunctionalModel):
    """Predicts the quality of images by two networks and bilinear pooling.

    It is an ordinary Keras model: compile it with a regression loss (the paper uses
    `"mean_squared_error"`), fit it to images of one size and their scores, save it.
    `scorer` wraps it into a model for images of any size.

    Args:
        backbone: A key of `tfiqa.backbones.BACKBONES`, the network for content.
        backbone_weights: `None` for random weights; `"imagenet"`, which downloads the
            published ones; or a file. The paper starts from `"imagenet"`.
        strides: See `tfiqa.models.SCNN`.
        mean: See `tfiqa.models.SCNN`.
        std: See `tfiqa.models.SCNN`.
        normalized: See `tfiqa.models.SCNN`.
        align: See `layers.BilinearPooling`.
        root: `"signed"` as in the release for MATLAB, or `"shifted"`, with 1e-8 added
            before the root, as in the port to PyTorch.

    Input:
        float32 `(batch, height, width, 3)`, RGB in `[0, 255]`, sides of at least 32.

    Output:
        `(batch, 1)`, the quality in the units of the training scores.

    Raises:
        ValueError: If an argument is not allowed; names it.

    Example:
        >>> model = DBCNN(backbone="resnet10_slim")
        >>> model.compile("adam", "mean_squared_error")
        >>> model.fit(images, mos, batch_size=8)
        >>> scorer = model.scorer(mos_range=(0, 100))

    Reference:
        Zhang et al., "Blind image quality assessment using a deep bilinear
        convolutional neural network", IEEE TCSVT 2020.
    """

    def __init__(
        self,
        *,
        backbone: str = "vgg16",
        backbone_weights: str | os.PathLike[str] | None = None,
        strides: Sequence[int] = RELEASES["matlab"].strides,
        mean: Sequence[float] = RELEASES["matlab"].mean,
        std: Sequence[float] = RELEASES["matlab"].std,
        normalized: bool = False,
        align: str = "subsample",
        root: str = "signed",
        name: str = "db_cnn",
        **kwargs,
    ):
        _check_root(root)
        scnn = {
            "strides": tuple(strides),
            "mean": tuple(mean),
            "std": tuple(std),
            "normalized": normalized,
        }
        distortion = SCNN(**scnn).maps()
        content = content_maps(backbone, backbone_weights)
        network = build_network(content, distortion, align=align, root=root)
        arguments = {"backbone": backbone, **scnn, "align": align, "root": root}
        super().__init__(network.input, network.output, arguments, name=name, **kwargs)

    def scorer(
        self,
        *,
        mos_range: tuple[float, float],
        scale: float = 1.0,
        offset: float = 0.0,
        dataset: str = "",
        unit: str = "MOS",
        tile_side: int = 1024,
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
            tile_side: Longest side in pixels that the networks process at once; see
                `layers.TileMean`.
        """
        metadata = {
            "method": "db_cnn",
            "min_side": MIN_SIDE,
            "dataset": dataset,
            "mos_range": [float(end) for end in mos_range],
            "unit": unit,
            "version": __version__,
        }
        return build_scorer(
            self, scale=scale, offset=offset, metadata=metadata, tile_side=tile_side
        )


def content_maps(
    backbone: str, weights: str | os.PathLike[str] | None, *, frozen_stages: int = 0
) -> keras.Model:
    """Returns the network for content, from images to one map at stride 16.

    For VGG-16 this is the last convolution, before the last pooling; for others, the
    third stage.

    Args:
        backbone: See `backbones.build_backbone`.
        weights: See `backbones.build_backbone`.
        frozen_stages: Number of stages, from the first, that are not trained.
    """
    model = backbones.build_backbone(backbone, weights)
    backbones.freeze_stages(model, frozen_stages)
    trunk = model.layers[-1]
    tap = LAST_LAYERS.get(backbone)
    output = trunk.outputs[2] if tap is None else trunk.get_layer(tap).output
    network = keras.Model(trunk.input, output, name="content")
    pixels = model.get_layer("normalize").output
    return keras.Model(model.input, network(pixels), name=backbone)


def build_network(
    content: keras.Model,
    distortion: keras.Model,
    *,
    align: str = "subsample",
    root: str = "signed",
) -> keras.Model:
    """Returns the model from images to quality, `(batch, 1)`.

    Args:
        content: Model from images to one map; see `content_maps`.
        distortion: Model from images to one map; see `scnn.feature_maps`.
        align: See `DBCNN`.
        root: See `DBCNN`.
    """
    _check_root(root)
    images = keras.Input((None, None, 3), name="images")
    pooled = layers.BilinearPooling(align, name="bilinear")(
        [content(images), distortion(images)]
    )
    features = layers.SquareRootNorm(EPSILONS[root], name="features")(pooled)
    # Full precision under any policy, because losses are computed from it.
    quality = keras.layers.Dense(1, dtype="float32", name="quality")(features)
    return keras.Model(images, quality, name="db_cnn")


def build_descriptor(network: keras.Model, *, tile_side: int = 1024) -> keras.Model:
    """Returns the model from images of any size to the features, sharing the weights.

    Args:
        network: The model that `build_network` returns.
        tile_side: See `DBCNN.scorer`.
    """
    pooled = keras.Model(
        network.input, network.get_layer("bilinear").output, name="pooled"
    )
    images = keras.Input((None, None, 3), name="images")
    means = layers.TileMean(pooled, tile_side, name="tiles")(images)
    # A layer of its own, so that its output is that in this model.
    norm = layers.SquareRootNorm.from_config(network.get_layer("features").get_config())
    features = norm(means)
    return keras.Model(images, features, name="db_cnn_features")


def build_scorer(
    network: keras.Model,
    *,
    scale: float,
    offset: float,
    metadata: dict[str, Any],
    tile_side: int = 1024,
) -> keras.Model:
    """Returns the scorer around a network, sharing its weights.

    Args:
        network: The model that `build_network` returns.
        scale: Factor from the network's units to MOS units.
        offset: Added after the factor.
        metadata: See `layers.MOS`.
        tile_side: See `DBCNN.scorer`.
    """
    descriptor = build_descriptor(network, tile_side=tile_side)
    quality = network.get_layer("quality")(descriptor.output)
    mos = layers.MOS(scale, offset, metadata)(quality, descriptor.input)
    return layers.Scorer(descriptor.input, mos, name="db_cnn_scorer")


def _check_root(root: str) -> None:
    if root not in EPSILONS:
        raise ValueError(
            f"`root` must be one of {', '.join(EPSILONS)}. Received: root={root!r}"
        )
