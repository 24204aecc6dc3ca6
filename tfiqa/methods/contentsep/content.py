"""The frozen network that tells the content of a crop, as shares of classes.

A classifier has its softmax. Where there is none, but a trained backbone, its pooled
features are grouped into clusters, and a crop belongs to the nearest of them: the
softmax of the negative squared distances to their centres.
"""

import sys
from pathlib import Path
from typing import Any

import keras
import keras_hub
import numpy as np
from keras import ops
from sklearn.cluster import KMeans

from tfiqa import backbones
from tfiqa.backbones import checks
from tfiqa.data import views
from tfiqa.data.images import Images
from tfiqa.methods.contentsep.config import Config
from tfiqa.models.contentsep_networks import pooled


def build_content(config: Config, images: Images, *, seed: int) -> keras.Model:
    """Returns the network from crops `(n, side, side, 3)` in `[0, 255]` to `(n, k)`.

    Args:
        config: With `content` and what belongs to it.
        images: The pictures that are grouped, where there is no classifier.
        seed: Of the run.

    Raises:
        ValueError: If there is no such network, or its weights do not exist.
    """
    check_content(config, images)
    if config.content in backbones.BACKBONES:
        return _clusters(config, images, seed=seed)
    crops = keras.Input((config.crop_size, config.crop_size, 3), name="crops")
    if hasattr(keras.applications, config.content):
        shares = _application(crops, config)
    else:
        shares = _preset(crops, config)
    return keras.Model(crops, shares, name="content")


def check_content(config: Config, images: Images) -> None:
    """Raises an error unless `build_content` can build the network of a `Config`.

    Raises:
        ValueError: Naming the field.
    """
    name, weights = config.content, config.content_weights
    if name in backbones.BACKBONES:
        checks.check_backbone("content", name, weights)
        _check_clusters(config, min(images.count, config.content_pictures))
        return
    if not callable(getattr(keras.applications, name, None)) and not _is_preset(name):
        raise ValueError(
            "`content` must be a network of keras.applications, a preset of KerasHub "
            f"or one of {', '.join(sorted(backbones.BACKBONES))}. "
            f"Received: content={name!r}"
        )
    if weights != "imagenet" and not Path(str(weights)).is_file():
        raise ValueError(
            "`content_weights` must be 'imagenet' or an existing file. "
            f"Received: content_weights={str(weights)!r}"
        )


def _is_preset(name: str) -> bool:
    """Returns whether KerasHub knows a preset, or may find it in a folder or online."""
    known = keras_hub.models.ImageClassifier.presets
    return name in known or "://" in name or Path(name).is_dir()


def _check_clusters(config: Config, count: int) -> None:
    if count < config.content_clusters:
        raise ValueError(
            "Each cluster of content needs a picture: `content_clusters` must be at "
            f"most {count}. Received: content_clusters={config.content_clusters}"
        )


def _clusters(config: Config, images: Images, *, seed: int) -> keras.Model:
    crops = keras.Input((config.crop_size, config.crop_size, 3), name="crops")
    features = pooled(
        crops, config.content, config.content_weights, config.content_normalization
    )
    described = keras.Model(crops, features)
    rows = _features(described, config, images, seed=seed)
    _check_clusters(config, len(rows))
    centers = KMeans(config.content_clusters, n_init=1, random_state=seed).fit(rows)
    centers = centers.cluster_centers_
    # Of |x - c|^2 the square of x is the same for all, which a softmax does not see.
    shares = keras.layers.Dense(len(centers), activation="softmax", name="shares")
    shares.build(features.shape)
    shares.set_weights([2 * centers.T, -np.square(centers).sum(axis=1)])
    return keras.Model(crops, shares(features), name="content")


def _features(described, config: Config, images: Images, *, seed: int) -> np.ndarray:
    """Returns the features of a view of each picture, `(n, d)`."""

    def cut(image, key):
        return views.resized_views(image, key, config.crop_size)

    # Epoch 0, so that a resumed run finds the same clusters.
    batches = views.batches(images, cut, batch_size=1, seed=seed, epochs=range(1))
    rows = []
    for pairs in batches.take(config.content_pictures).as_numpy_iterator():
        rows.append(ops.convert_to_numpy(described(pairs[:, 0], training=False)))
    return np.concatenate(rows)


def _application(crops, config: Config):
    build = getattr(keras.applications, config.content)
    classifier: Any = build(weights=None, input_shape=tuple(crops.shape[1:]))
    if config.content_weights == "imagenet":
        # They exist for their own size only; the weights do not depend on it.
        known: Any = build(weights="imagenet")
        classifier.set_weights(known.get_weights())
    else:
        classifier.load_weights(config.content_weights)
    if config.content_normalization == "imagenet":
        # Beside each network Keras has the function that prepares its pictures.
        return classifier(sys.modules[build.__module__].preprocess_input(crops))
    return classifier(keras.layers.Rescaling(1 / 255)(crops))


def _preset(crops, config: Config):
    known = config.content_weights == "imagenet"
    classifier = keras_hub.models.ImageClassifier.from_preset(
        config.content, load_weights=known, activation="softmax"
    )
    if not known:
        classifier.load_weights(config.content_weights)
    pictures = keras.layers.Rescaling(1 / 255)(crops)
    if config.content_normalization == "imagenet":
        mean, std = backbones.IMAGENET_MEAN, backbones.IMAGENET_STD
        pictures = (pictures - np.array(mean)) / np.array(std)
    return classifier(pictures)
