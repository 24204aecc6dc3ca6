"""CONTRIQUE: an encoder that learns to distinguish distortions, without any score.

crops -> trunk -> feature map -> mean, and means over the cells of a grid, of length 1
                                     -> projector -> the loss, which sees the cells
images -> trunk, at full and at half scale -> means of length 1 -> features
"""

import os
from typing import Any

import keras
from keras import ops

from tfiqa import backbones
from tfiqa import layers
from tfiqa.models.encoder import Encoder
from tfiqa.regression import LinearMap
from tfiqa.regression import frozen
from tfiqa.trainers import ViewContrast


@keras.saving.register_keras_serializable(package="tfiqa")
class CONTRIQUE(Encoder):
    """Maps images of any size to features that distinguish distortions.

    `trainer` returns the model whose `fit` trains its weights, and `scorer` regresses
    scores on its features. A ResNet without published weights is initialized as in
    torchvision.

    Args:
        backbone: A key of `tfiqa.backbones.BACKBONES`.
        backbone_weights: `None` for random weights, as in the paper; `"imagenet"`,
            which downloads the published ones; or a file.
        normalized: Whether pixels are normalized as the published weights expect, or
            only scaled to `[0, 1]`. Default: whether there are `backbone_weights`.
        seed: Seed of the random weights of a ResNet.

    Input:
        float32 `(batch, height, width, 3)`, RGB in `[0, 255]`.

    Output:
        float32 `(batch, 2 * d)`, the unit vectors of full and of half scale.

    Example:
        >>> model = CONTRIQUE(backbone="resnet10_slim")
        >>> trainer = model.trainer()
        >>> trainer.compile(keras.optimizers.SGD(0.05, momentum=0.9))
        >>> trainer.fit((first_views, second_views), classes)
        >>> scorer = model.scorer(images, mos)

    Reference:
        Madhusudana et al., "Image Quality Assessment using Contrastive Learning", IEEE
        TIP 2022.
    """

    method = "contrique"

    def __init__(
        self,
        *,
        backbone: str = "resnet50",
        backbone_weights: str | os.PathLike[str] | None = None,
        normalized: bool | None = None,
        seed: int = 0,
        name: str = "contrique_encoder",
        **kwargs,
    ):
        if normalized is None:
            normalized = backbone_weights is not None
        arguments = {"backbone": backbone, "normalized": normalized, "seed": seed}
        trunk = backbones.build_trunk(
            backbone, backbone_weights, normalized=normalized, seed=seed
        )
        images = keras.Input((None, None, 3), name="images")
        features = layers.TwoScales(trunk, name="features")(images)
        super().__init__(images, features, arguments, name=name, **kwargs)

    @property
    def trunk(self) -> keras.Model:
        """The model from crops to the last feature map of the backbone."""
        return self.get_layer("features").network

    def trainer(
        self,
        *,
        grid: int = 2,
        projection: int = 128,
        temperature: float = 0.1,
        loss_weight: float = 1.0,
        sets: bool = False,
        micro_batch: int | None = None,
    ) -> ViewContrast:
        """Returns the model whose `fit` trains this encoder; it shares the weights.

        Compile it with an optimizer and without a loss. Fit it to pairs of views,
        float32 `(batch, height, width, 3)` each, and the distortion class of each
        image, int `(batch,)`, or its set of classes.

        Args:
            grid: Number of cells along each side of a crop's feature map.
            projection: Length of the projected vectors.
            temperature: Divides the similarities in the loss.
            loss_weight: Factor of the loss.
            sets: Whether images have sets of classes; see `trainers.ViewContrast`.
            micro_batch: See `tfiqa.trainers.ViewContrast`.
        """
        return ViewContrast(
            self.trunk,
            build_projector(self.trunk.output_shape[-1], projection),
            grid=grid,
            temperature=temperature,
            loss_weight=loss_weight,
            sets=sets,
            micro_batch=micro_batch,
            name="contrique_trainee",
        )


def build_projector(depth: int, projection: int) -> keras.Model:
    """Returns the model from `(rows, depth)` to `(rows, projection)`."""
    vectors = keras.Input((depth,), name="vectors")
    hidden = _dense(depth, depth, "hidden")(vectors)
    hidden = _normalization("hidden_bn")(hidden)
    hidden = keras.layers.ReLU(name="hidden_relu")(hidden)
    # Vectors that are compared are never in half precision.
    single = keras.config.floatx()
    outputs = _normalization("projection_bn", single)(
        _dense(projection, depth, "projection", single)(hidden)
    )
    return keras.Model(vectors, outputs, name="projector")


def build_scorer(
    encoder: keras.Model, ridge: LinearMap, metadata: dict[str, Any]
) -> keras.Model:
    """Returns the scorer: the encoder and the ridge as a dense layer."""
    return frozen.build_scorer(encoder, ridge, metadata, name="contrique")


def build_reference_scorer(
    encoder: keras.Model, ridge: LinearMap, metadata: dict[str, Any]
) -> keras.Model:
    """Returns the full-reference scorer, from `[images, references]` to MOS.

    A reference has the size of its image. The regression uses the absolute differences
    of their features.
    """
    images = keras.Input((None, None, 3), name="images")
    references = keras.Input((None, None, 3), name="references")
    differences = ops.abs(encoder(references) - encoder(images))
    features = keras.layers.Identity(name="features")(differences)
    mos = layers.MOS(metadata=metadata)(frozen.dense(ridge)(features), images)
    return keras.Model([images, references], mos, name="contrique_reference")


def _dense(
    units: int, fan_in: int, name: str, dtype: str | None = None
) -> keras.layers.Dense:
    return backbones.build_dense(
        units, fan_in=fan_in, name=name, use_bias=False, dtype=dtype
    )


def _normalization(
    name: str, dtype: str | None = None
) -> keras.layers.BatchNormalization:
    return keras.layers.BatchNormalization(
        momentum=0.9, epsilon=1e-5, dtype=dtype, name=name
    )
