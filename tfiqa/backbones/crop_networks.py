"""Networks from crops of one size to a vector: backbones, and some that are no trunks.

The last map of a backbone is averaged over its positions. `CROP_NETWORKS` are networks
whose last layers need crops of one size, so that they have no four stages.
"""

import dataclasses
import os
from collections.abc import Callable
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np

from tfiqa.backbones import alexnet
from tfiqa.backbones import checkpoints
from tfiqa.backbones.build import build_backbone
from tfiqa.backbones.build import freeze_stages
from tfiqa.backbones.s_cnn_64 import SIDE
from tfiqa.backbones.s_cnn_64 import build_s_cnn_64
from tfiqa.backbones.trunks import BACKBONES
from tfiqa.backbones.trunks import IMAGENET_MEAN
from tfiqa.backbones.trunks import IMAGENET_STD

Color = tuple[float, float, float]


@dataclasses.dataclass(frozen=True)
class CropNetwork:
    """A network from crops of one size to a vector.

    Attributes:
        build: Function from the side of the crops to the network, with random weights,
            from normalized crops.
        sides: Allowed sides of the crops in pixels.
        mean: Mean of each channel that it expects, in `[0, 255]`.
        std: Standard deviation of each channel that it expects, in `[0, 255]`.
        load: Function that copies named arrays of a published file into the network;
            None if there is no such file.
        published: Whether there are ImageNet weights to download.
        packaged: Whether its weights come in a Python package.
    """

    build: Callable[[int], keras.Model]
    sides: tuple[int, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    load: Callable[[keras.Model, Mapping[str, np.ndarray]], None] | None = None
    published: bool = False
    packaged: bool = False


CROP_NETWORKS: dict[str, CropNetwork] = {
    "alexnet": CropNetwork(
        alexnet.build_alexnet,
        sides=(224, 227),
        mean=tuple(255 * value for value in IMAGENET_MEAN),
        std=tuple(255 * value for value in IMAGENET_STD),
        load=alexnet.load_torchvision,
    ),
    "s_cnn_64": CropNetwork(
        lambda side: build_s_cnn_64(), sides=(SIDE,), mean=(0.0,) * 3, std=(1.0,) * 3
    ),
}


def build_crop_network(
    name: str,
    weights: str | os.PathLike[str] | None,
    *,
    size: int,
    center: Color | None = None,
    frozen_stages: int = 0,
) -> keras.Model:
    """Returns the model from crops, RGB in `[0, 255]`, to vectors `(crops, d)`.

    Args:
        name: A key of `BACKBONES` or of `CROP_NETWORKS`.
        weights: See `build_backbone`; for `"alexnet"` a file of Keras (`.h5`) or
            torchvision's.
        size: Side of the crops in pixels.
        center: Color that is subtracted from each pixel instead of the mean that the
            weights expect.
        frozen_stages: Number of stages of a backbone that are not trained.

    Raises:
        ValueError: If the name, the weights or the size do not exist.
    """
    crops = keras.Input((size, size, 3), name="crops")
    pixels = crops if center is None else _recentered(name, center)(crops)
    if name in CROP_NETWORKS:
        vector = _on_pixels(name, weights, size)(pixels)
    else:
        backbone = build_backbone(name, weights, size=size)
        freeze_stages(backbone, frozen_stages)
        vector = keras.layers.GlobalAveragePooling2D(data_format="channels_last")(
            backbone(pixels)[-1]
        )
    return keras.Model(crops, vector, name=f"{name}_vector")


def _recentered(name: str, center: Color) -> keras.layers.Layer:
    """Returns the layer that makes `center` the mean that the network expects."""
    row = CROP_NETWORKS.get(name) or BACKBONES[name]
    mean = row.mean[::-1] if getattr(row, "bgr", False) else row.mean
    offset = [expected - color for expected, color in zip(mean, center, strict=True)]
    return keras.layers.Rescaling(1.0, offset, name="center")


def _on_pixels(
    name: str, weights: str | os.PathLike[str] | None, size: int
) -> keras.Model:
    row = CROP_NETWORKS[name]
    if size not in row.sides:
        raise ValueError(
            f"`size` must be {' or '.join(map(str, row.sides))} for {name}. "
            f"Received: size={size}"
        )
    network = row.build(size)
    if weights is not None:
        _load(network, row, Path(weights))
    crops = keras.Input((size, size, 3), name="crops")
    normalize = keras.layers.Rescaling(
        [1 / scale for scale in row.std],
        [-mean / scale for mean, scale in zip(row.mean, row.std, strict=True)],
        name="normalize",
    )
    return keras.Model(crops, network(normalize(crops)), name=name)


def _load(network: keras.Model, row: CropNetwork, path: Path) -> None:
    if not path.is_file():
        raise ValueError(
            f"`weights` must be None or an existing file. Received: weights={path}"
        )
    if path.suffix == ".h5":
        network.load_weights(path)
    elif row.load is None:
        raise ValueError(f"An `.h5` file of Keras is expected. Received: {path}")
    else:
        row.load(network, checkpoints.read_arrays(path))
