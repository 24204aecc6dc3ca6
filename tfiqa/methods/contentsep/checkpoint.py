"""The layout of contentsep's released checkpoints.

A ResNet-50 as a sequence of unnamed parts, in torchvision's layout except for the first
names: 0 and 1 are the first convolution and its normalization, 4 to 7 the stages.
"""

from collections.abc import Mapping

import keras
import numpy as np

from tfiqa import backbones
from tfiqa.methods.contentsep.config import Config
from tfiqa.models.contentsep import ContentSep

PARTS = {"0": "conv1", "1": "bn1", **{str(3 + i): f"layer{i}" for i in (1, 2, 3, 4)}}


def convert(arrays: Mapping[str, np.ndarray], config: Config) -> keras.Model:
    """Returns the encoder of an official checkpoint.

    With pristine images, `pristine_distance` makes a scorer from it.

    Args:
        arrays: Arrays by official name; see `checkpoints.read_arrays`.
        config: Config of the encoder.

    Raises:
        ValueError: If arrays are missing, superfluous or of another shape; names them.
    """
    if config.backbone != "resnet50" or config.levels != 1:
        raise ValueError(
            "Official checkpoints are of `resnet50` with one level. "
            f"Received: backbone={config.backbone!r}, levels={config.levels}"
        )
    network = {**config.network, "backbone_weights": None}
    encoder = ContentSep(**network).encoder()
    trunk = next(layer for layer in encoder.layers if isinstance(layer, keras.Model))
    if config.normalization == "imagenet":
        trunk = trunk.layers[-1]
    backbones.load_torchvision_resnet(
        trunk, {_renamed(name): array for name, array in arrays.items()}
    )
    return encoder


def _renamed(name: str) -> str:
    """Returns torchvision's name of an array; leaves unknown names unchanged."""
    part, _, rest = name.removeprefix("module.").partition(".")
    return f"{PARTS[part]}.{rest}" if part in PARTS else name
