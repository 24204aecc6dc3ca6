"""CONTRIQUE's networks: from crops to projections, and from pictures to features.

crops -> trunk -> feature map -> mean, and means over a grid of parts, of length 1
                                     -> projector -> the loss, which sees the parts
pictures -> trunk, at full and at half scale -> means of length 1 -> features
"""

from typing import Any

import keras
from keras import ops

from tfiqa import backbones
from tfiqa import layers
from tfiqa.methods.contrique.config import Config
from tfiqa.regression import LinearMap
from tfiqa.regression import frozen
from tfiqa.trainers import ViewContrast


def build_trunk(config: Config, *, seed: int = 0) -> keras.Model:
    """Returns the model from crops to the last feature map of the backbone.

    Input: float32 `(crops, height, width, 3)` in `[0, 255]`, any size. A trunk without
    published weights sees pixels in `[0, 1]`, and a ResNet is drawn as torchvision
    draws it.
    """
    weights = config.backbone_weights
    return backbones.build_trunk(
        config.backbone, weights, normalized=weights is not None, seed=seed
    )


def build_projector(depth: int, config: Config) -> keras.Model:
    """Returns the model from `(rows, depth)` to `(rows, config.projection)`."""
    vectors = keras.Input((depth,), name="vectors")
    hidden = _dense(depth, depth, "hidden")(vectors)
    hidden = _normalization("hidden_bn")(hidden)
    hidden = keras.layers.ReLU(name="hidden_relu")(hidden)
    outputs = _normalization("projection_bn")(
        _dense(config.projection, depth, "projection")(hidden)
    )
    return keras.Model(vectors, outputs, name="projector")


def build_trainee(config: Config, *, seed: int = 0) -> ViewContrast:
    """Returns the model that training fits: pairs of views to projected parts."""
    trunk = build_trunk(config, seed=seed)
    return ViewContrast(
        trunk,
        build_projector(trunk.output_shape[-1], config),
        grid=config.grid,
        temperature=config.temperature,
        loss_weight=config.loss_weight,
        name="contrique_trainee",
    )


def build_encoder(trunk: keras.Model) -> keras.Model:
    """Returns the encoder around a trunk, sharing its weights.

    From float32 `(batch, height, width, 3)` in `[0, 255]` of any size to `(batch, d)`:
    the unit vectors of full and of half scale.
    """
    images = keras.Input((None, None, 3), name="images")
    features = layers.TwoScales(trunk, name="features")(images)
    return keras.Model(images, features, name="contrique_encoder")


def build_scorer(
    encoder: keras.Model, ridge: LinearMap, metadata: dict[str, Any]
) -> keras.Model:
    """Returns the scorer: the encoder and the ridge as a dense layer."""
    return frozen.build_scorer(encoder, ridge, metadata, name="contrique")


def build_reference_scorer(
    encoder: keras.Model, ridge: LinearMap, metadata: dict[str, Any]
) -> keras.Model:
    """Returns the full-reference scorer, from `[pictures, references]` to MOS.

    A reference has the size of its picture. The regression reads how much the features
    of the two differ.
    """
    images = keras.Input((None, None, 3), name="images")
    references = keras.Input((None, None, 3), name="references")
    differences = ops.abs(encoder(references) - encoder(images))
    features = keras.layers.Identity(name="features")(differences)
    mos = layers.MOS(metadata=metadata)(frozen.dense(ridge)(features), images)
    return keras.Model([images, references], mos, name="contrique_reference")


def _dense(units: int, fan_in: int, name: str) -> keras.layers.Dense:
    return backbones.build_dense(units, fan_in=fan_in, name=name, use_bias=False)


def _normalization(name: str) -> keras.layers.BatchNormalization:
    return keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=name)
