"""EfficientNet-Lite with the ImageNet classifier of its package."""

import os

import keras

from tfiqa.backbones import efficientnet_lite as lite
from tfiqa.backbones.efficientnet_lite_weights import load_published
from tfiqa.backbones.efficientnet_lite_weights import read_weights

# The network of each classifier, by the classifier's name.
LITE_CLASSIFIERS = {f"{name}_package": name for name in lite.VARIANTS}


def build_lite_classifier(
    name: str,
    weights: str | os.PathLike[str],
    *,
    size: int | None = None,
    normalized: bool = True,
) -> keras.Model:
    """Returns the model from images in `[0, 255]` to shares, `(batch, classes)`.

    Args:
        name: A key of `VARIANTS`.
        weights: `"package"`, or a file in the published format, with the classifier.
        size: Side of the images, if it is fixed.
        normalized: Whether images are normalized as the weights expect, or only scaled
            to `[0, 1]`.

    Raises:
        ValueError: If the file does not fit, or has no classifier.
    """
    arrays = read_weights(name, weights)
    kernel, bias = arrays.get("_fc.weight"), arrays.get("_fc.bias")
    if kernel is None or bias is None:
        raise ValueError(
            "A file with a classifier, `_fc.weight` and `_fc.bias`, is expected. "
            f"Received: {weights}"
        )
    stages = lite.build_stages(name)
    load_published(stages, arrays)
    images = keras.Input((size, size, 3), name="images")
    scale, offset = 1 / 255, 0.0
    if normalized:
        scale, offset = 1 / lite.STD[0], -lite.MEAN[0] / lite.STD[0]
    maps = stages(keras.layers.Rescaling(scale, offset)(images))
    features = keras.layers.GlobalAveragePooling2D(name="features")(maps[-1])
    shares = keras.layers.Dense(len(bias), activation="softmax", name="shares")
    outputs = shares(features)
    shares.set_weights([kernel.T, bias])
    return keras.Model(images, outputs, name=f"{name}_classifier")
