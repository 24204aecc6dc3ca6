"""A ResNet with the ImageNet classifier of a file in torchvision's layout."""

import os
from pathlib import Path

import keras
import numpy as np

from tfiqa.backbones import build
from tfiqa.backbones import checkpoints
from tfiqa.backbones.torchvision_files import check_sum
from tfiqa.backbones.torchvision_files import torchvision_file
from tfiqa.backbones.torchvision_layout import load_torchvision_resnet

# The backbone of each classifier, by the classifier's name.
CLASSIFIERS = {
    f"{name}_torchvision": name for name in ("resnet18", "resnet34", "resnet50")
}


def build_torchvision_classifier(
    backbone: str,
    weights: str | os.PathLike[str],
    *,
    size: int | None = None,
    normalized: bool = True,
) -> keras.Model:
    """Returns the model from images to the shares of classes, `(batch, classes)`.

    Args:
        backbone: A ResNet of `BACKBONES`.
        weights: `"torchvision"` for its file (see `torchvision_files`), or a file in
            torchvision's layout, with the classifier as `fc.weight` and `fc.bias`.
        size: Side of the images, if it is fixed.
        normalized: Whether images are normalized as the weights expect, or only scaled
            to `[0, 1]`.

    Raises:
        ValueError: If the file does not fit, or has no classifier.
    """
    path = torchvision_file(backbone) if weights == "torchvision" else Path(weights)
    check_sum(path)
    arrays = checkpoints.read_arrays(path)
    classifier = {name: arrays.pop(name, None) for name in ("fc.weight", "fc.bias")}
    model = build.build_backbone(backbone, None, size=size, normalized=normalized)
    load_torchvision_resnet(model.layers[-1], arrays)
    features = keras.layers.GlobalAveragePooling2D(name="features")(model.outputs[-1])
    kernel, bias = _checked(classifier, features.shape[-1], path)
    shares = keras.layers.Dense(len(bias), activation="softmax", name="shares")
    outputs = shares(features)
    shares.set_weights([kernel.T, bias])
    return keras.Model(model.input, outputs, name=f"{backbone}_classifier")


def _checked(
    classifier: dict[str, np.ndarray | None], length: int, path: Path
) -> tuple[np.ndarray, np.ndarray]:
    kernel, bias = classifier["fc.weight"], classifier["fc.bias"]
    if kernel is None or bias is None or kernel.shape != (len(bias), length):
        shape = None if kernel is None else kernel.shape
        raise ValueError(
            f"A file with a classifier, `fc.weight` of shape (classes, {length}) and "
            f"`fc.bias`, is expected. Received: {path}, whose `fc.weight` is {shape}"
        )
    return kernel, bias
