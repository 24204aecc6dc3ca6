"""PQR: the quality of patches as a distribution over anchors, and SQR, as one score."""

import os
from typing import Any

import keras
import numpy as np
from keras import ops

from tfiqa import backbones
from tfiqa import layers
from tfiqa.layers.pinned import channels_last
from tfiqa.regression import LinearMap

LABELS = ("distribution", "score")

# Standard deviation of the weights of the last layer, as in the authors' code. For
# other backbones, it is half of He's for the fan-in.
_DEVIATIONS = {"alexnet": 0.01, "s_cnn_64": 2**0.5 / 100}


def build_network(
    *,
    backbone: str = "resnet50",
    backbone_weights: str | os.PathLike[str] | None = None,
    frozen_stages: int = 0,
    patch_size: int = 224,
    outputs: int = 5,
    dropout: float = 0.5,
    center: tuple[float, float, float] | None = None,
) -> keras.Model:
    """Returns the model from crops to logits of a distribution, or to one score.

    Input: float32 `(crops, patch_size, patch_size, 3)`, RGB in `[0, 255]`. Output:
    float32 `(crops, outputs)`. Its layer `vector` is the input of the last layer.

    Args:
        backbone: A key of `BACKBONES` or of `CROP_NETWORKS`.
        backbone_weights: See `backbones.build_crop_network`.
        frozen_stages: See `backbones.build_crop_network`.
        patch_size: Side of the crops in pixels.
        outputs: Number of anchors, or 1 for a score.
        dropout: Share of the vector that training drops.
        center: See `backbones.build_crop_network`.

    Reference:
        Zeng, Zhang & Bovik, "A probabilistic quality representation approach to deep
        blind image quality prediction", arXiv:1708.08190, 2017.
    """
    network = backbones.build_crop_network(
        backbone,
        backbone_weights,
        size=patch_size,
        center=center,
        frozen_stages=frozen_stages,
    )
    crops = keras.Input((patch_size, patch_size, 3), name="crops")
    vector = keras.layers.Identity(name="vector")(network(crops))
    he = (2 / vector.shape[-1]) ** 0.5
    deviation = _DEVIATIONS.get(backbone, he / 2)
    last = keras.layers.Dense(
        outputs,
        kernel_initializer=keras.initializers.RandomNormal(stddev=deviation),
        dtype=keras.config.floatx(),  # Losses are computed from it.
        name="outputs",
    )
    return keras.Model(
        crops, last(keras.layers.Dropout(dropout)(vector)), name="pqr_network"
    )


def build_described(network: keras.Model, labels: str) -> keras.Model:
    """Returns the model from crops to `vector`, followed by what the network predicts.

    Args:
        network: Model of `build_network`, whose weights are shared.
        labels: `"distribution"` to turn logits into probabilities, `"score"` to leave
            a score as it is.
    """
    outputs = network.output
    if labels == "distribution":
        outputs = ops.softmax(outputs, axis=-1)
    vector = ops.cast(network.get_layer("vector").output, outputs.dtype)
    joined = keras.layers.Concatenate(name="vector_and_outputs")([vector, outputs])
    return keras.Model(network.input, joined, name="pqr")


def build_scorer(
    network: keras.Model,
    *,
    labels: str,
    stride: int,
    scale: float,
    offset: float,
    metadata: dict[str, Any],
) -> keras.Model:
    """Returns the scorer, whose regression `set_regression` sets.

    The score of an image is the mean over patches. The regression is linear, so it is
    applied to the mean distribution.

    Args:
        network: Model of `build_network`, whose weights are shared.
        labels: See `build_described`.
        stride: Distance of neighboring patches in pixels.
        scale: Factor from the scores of training to MOS.
        offset: Added after the factor.
        metadata: See `layers.MOS`.
    """
    described = build_described(network, labels)
    images = keras.Input((None, None, 3), name="images")
    patches = layers.PatchFeatures(
        described, network.input_shape[1], stride, name="patches"
    )(images)
    with channels_last():
        features = keras.layers.GlobalAveragePooling2D(name="features")(patches)
    outputs = features[:, -network.output_shape[-1] :]
    quality = keras.layers.Dense(1, kernel_initializer="ones", name="regression")(
        outputs
    )
    mos = layers.MOS(scale, offset, metadata)(quality, images)
    return layers.Scorer(images, mos, name="pqr_scorer")


def set_regression(scorer: keras.Model, linear: LinearMap) -> None:
    """Makes a scorer use a regression from distributions to scores."""
    weights = [linear.weights[:, None], np.array([linear.bias])]
    scorer.get_layer("regression").set_weights(weights)
