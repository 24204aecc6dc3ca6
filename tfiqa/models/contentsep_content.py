"""The frozen network that predicts the content of a crop, as shares of classes.

It is either a classifier with its softmax, or built from a trained backbone: pooled
features are grouped into clusters, and a crop belongs to the nearest of them, by the
softmax of the negative squared distances to their centers. Either is the `content` of
`ContentSep.trainer`.
"""

import os
import sys
from collections.abc import Iterable
from typing import Any

import keras
import keras_hub
import numpy as np
from keras import ops
from sklearn.cluster import KMeans

from tfiqa import backbones
from tfiqa.backbones.efficientnet_lite_classifier import build_lite_classifier
from tfiqa.backbones.torchvision_classifier import build_torchvision_classifier
from tfiqa.models.contentsep_networks import pooled


def build_classifier(
    name: str,
    weights: str | os.PathLike[str],
    *,
    size: int = 256,
    normalization: str = "none",
) -> keras.Model:
    """Returns the model from crops `(n, size, size, 3)` in `[0, 255]` to `(n, k)`.

    Args:
        name: A network of `keras.applications`, or a preset of KerasHub.
        weights: `"imagenet"`, which downloads the published ones, or a file.
        size: Side of the crops in pixels.
        normalization: `"none"` for pixels in `[0, 1]`, or `"imagenet"` as the published
            weights expect.
    """
    crops = keras.Input((size, size, 3), name="crops")
    build = _application if hasattr(keras.applications, name) else _preset
    shares = build(crops, name, weights, normalized=normalization == "imagenet")
    return keras.Model(crops, shares, name="content")


def build_torchvision_content(
    backbone: str,
    weights: str | os.PathLike[str],
    *,
    size: int = 256,
    normalization: str = "none",
) -> keras.Model:
    """Returns the paper's network from crops `(n, size, size, 3)` to shares `(n, k)`.

    Args:
        backbone: A ResNet of `tfiqa.backbones.BACKBONES`.
        weights: `"torchvision"`, or a file in its layout, with the classifier.
        size: Side of the crops in pixels.
        normalization: As for `build_classifier`; the authors use `"none"`.
    """
    classifier = build_torchvision_classifier(
        backbone, weights, size=size, normalized=normalization == "imagenet"
    )
    return keras.Model(classifier.input, classifier.output, name="content")


def build_lite_content(
    name: str,
    weights: str | os.PathLike[str],
    *,
    size: int = 256,
    normalization: str = "imagenet",
) -> keras.Model:
    """Returns the model from crops `(n, size, size, 3)` in `[0, 255]` to `(n, k)`.

    Args:
        name: A variant of EfficientNet-Lite.
        weights: `"package"`, or a file in its format, with the classifier.
        size: Side of the crops in pixels.
        normalization: As for `build_classifier`.
    """
    classifier = build_lite_classifier(
        name, weights, size=size, normalized=normalization == "imagenet"
    )
    return keras.Model(classifier.input, classifier.output, name="content")


def build_clusters(
    batches: Iterable[np.ndarray],
    backbone: str,
    weights: str | os.PathLike[str],
    *,
    size: int = 256,
    normalization: str = "none",
    clusters: int = 256,
    seed: int = 0,
) -> keras.Model:
    """Returns the model from crops `(n, size, size, 3)` in `[0, 255]` to `(n, k)`.

    Args:
        batches: The crops to cluster, `(n, size, size, 3)` in `[0, 255]` each.
        backbone: A key of `tfiqa.backbones.BACKBONES`.
        weights: `"imagenet"`, which downloads the published ones, or a file.
        size: Side of the crops in pixels.
        normalization: As for `build_classifier`.
        clusters: Number of clusters, at most the number of crops.
        seed: Seed of the clustering.

    Raises:
        ValueError: If there are fewer crops than clusters.
    """
    crops = keras.Input((size, size, 3), name="crops")
    features = pooled(crops, backbone, weights, normalization)
    described = keras.Model(crops, features)
    rows = np.concatenate(
        [ops.convert_to_numpy(described(batch, training=False)) for batch in batches]
    )
    if len(rows) < clusters:
        raise ValueError(
            f"`clusters` must be at most {len(rows)}, the number of crops. "
            f"Received: clusters={clusters}"
        )
    centers = KMeans(clusters, n_init=1, random_state=seed).fit(rows).cluster_centers_
    # In |x - c|^2 the term |x|^2 is the same for all centers, so the softmax ignores
    # it.
    shares = keras.layers.Dense(
        len(centers),
        activation="softmax",
        dtype=keras.config.floatx(),  # Large terms cancel.
        name="shares",
    )
    shares.build(features.shape)
    shares.set_weights([2 * centers.T, -np.square(centers).sum(axis=1)])
    return keras.Model(crops, shares(features), name="content")


def _application(crops, name: str, weights, *, normalized: bool):
    build = getattr(keras.applications, name)
    classifier: Any = build(weights=None, input_shape=tuple(crops.shape[1:]))
    if weights == "imagenet":
        # Published for one input size only; the weights do not depend on it.
        known: Any = build(weights="imagenet")
        classifier.set_weights(known.get_weights())
    else:
        classifier.load_weights(weights)
    if normalized:
        # Keras has a preprocessing function in the module of each network.
        return classifier(sys.modules[build.__module__].preprocess_input(crops))
    return classifier(keras.layers.Rescaling(1 / 255)(crops))


def _preset(crops, name: str, weights, *, normalized: bool):
    published = weights == "imagenet"
    classifier = keras_hub.models.ImageClassifier.from_preset(
        name, load_weights=published, activation="softmax"
    )
    if not published:
        classifier.load_weights(weights)
    pixels = keras.layers.Rescaling(1 / 255)(crops)
    if normalized:
        mean, std = backbones.IMAGENET_MEAN, backbones.IMAGENET_STD
        pixels = (pixels - np.array(mean)) / np.array(std)
    return classifier(pixels)
