"""Choice and checks of the frozen network that recognizes the content of a crop."""

from pathlib import Path

import keras
import keras_hub

from tfiqa import backbones
from tfiqa.backbones import checks
from tfiqa.backbones.efficientnet_lite_classifier import LITE_CLASSIFIERS
from tfiqa.backbones.efficientnet_lite_weights import package_file
from tfiqa.backbones.torchvision_classifier import CLASSIFIERS
from tfiqa.backbones.torchvision_files import torchvision_file
from tfiqa.data import views
from tfiqa.data.images import Images
from tfiqa.methods.contentsep.config import Config
from tfiqa.models.contentsep_content import build_classifier
from tfiqa.models.contentsep_content import build_clusters
from tfiqa.models.contentsep_content import build_lite_content
from tfiqa.models.contentsep_content import build_torchvision_content


def build_content(config: Config, images: Images, *, seed: int) -> keras.Model:
    """Returns the network from crops `(n, side, side, 3)` in `[0, 255]` to `(n, k)`.

    Args:
        config: Its `content` and the related fields are used.
        images: The images to cluster, if there is no classifier.
        seed: Seed of the run.

    Raises:
        ValueError: If there is no such network, or its weights do not exist.
    """
    check_content(config, images)
    options = {"size": config.crop_size, "normalization": config.content_normalization}
    weights = str(config.content_weights)
    if config.content in CLASSIFIERS:
        return build_torchvision_content(
            CLASSIFIERS[config.content], weights, **options
        )
    if config.content in LITE_CLASSIFIERS:
        return build_lite_content(LITE_CLASSIFIERS[config.content], weights, **options)
    if config.content not in backbones.BACKBONES:
        return build_classifier(config.content, weights, **options)
    return build_clusters(
        _crops(images, config, seed=seed),
        config.content,
        weights,
        clusters=config.content_clusters,
        seed=seed,
        **options,
    )


def check_content(config: Config, images: Images) -> None:
    """Raises an error unless `build_content` can build the network of a `Config`.

    Raises:
        ValueError: If a field does not allow it; names the field.
    """
    name, weights = config.content, config.content_weights
    if name in backbones.BACKBONES:
        checks.check_backbone("content", name, weights)
        _check_clusters(config, min(images.count, config.content_pictures))
        return
    if name in CLASSIFIERS:
        _check_torchvision(CLASSIFIERS[name], str(weights))
        return
    if name in LITE_CLASSIFIERS:
        _check_lite(LITE_CLASSIFIERS[name], str(weights))
        return
    if not callable(getattr(keras.applications, name, None)) and not _is_preset(name):
        raise ValueError(
            "`content` must be one of "
            f"{', '.join([*CLASSIFIERS, *LITE_CLASSIFIERS])}, a network of "
            "keras.applications, a preset of KerasHub or one of "
            f"{', '.join(sorted(backbones.BACKBONES))}. "
            f"Received: content={name!r}"
        )
    if weights != "imagenet" and not Path(str(weights)).is_file():
        raise ValueError(
            "`content_weights` must be 'imagenet' or an existing file. "
            f"Received: content_weights={str(weights)!r}"
        )


def _check_torchvision(backbone: str, weights: str) -> None:
    if weights == "torchvision":
        try:
            torchvision_file(backbone)
        except ValueError as error:
            raise ValueError(f"`content_weights` is 'torchvision'. {error}") from error
    elif not Path(weights).is_file():
        raise ValueError(
            "`content_weights` must be 'torchvision' or an existing file in "
            f"torchvision's layout. Received: content_weights={weights!r}"
        )


def _check_lite(name: str, weights: str) -> None:
    if weights == "package":
        package_file(name)
    elif not Path(weights).is_file():
        raise ValueError(
            "`content_weights` must be 'package' or an existing file in its format. "
            f"Received: content_weights={weights!r}"
        )


def _is_preset(name: str) -> bool:
    """Returns whether a name is a known preset, a folder or an online address."""
    known = keras_hub.models.ImageClassifier.presets
    return name in known or "://" in name or Path(name).is_dir()


def _check_clusters(config: Config, count: int) -> None:
    if count < config.content_clusters:
        raise ValueError(
            "Each cluster of content needs an image: `content_clusters` must be at "
            f"most {count}. Received: content_clusters={config.content_clusters}"
        )


def photograph_views(image, key, config: Config):
    """Returns two views of a photograph, and what the content network sees of them.

    Both are float32 `(2, size, size, 3)`.
    """
    if config.view_scale == "native":
        return views.native_views(image, key, config.crop_size)
    pairs = views.resized_views(image, key, config.crop_size)
    return pairs, pairs


def _crops(images: Images, config: Config, *, seed: int):
    """Yields a view of each image, `(1, size, size, 3)`."""

    def cut(image, key):
        return photograph_views(image, key, config)[1]

    # Epoch 0, so that a resumed run gets the same clusters.
    batches = views.batches(images, cut, batch_size=1, seed=seed, epochs=range(1))
    for pairs in batches.take(config.content_pictures).as_numpy_iterator():
        yield pairs[:, 0]
