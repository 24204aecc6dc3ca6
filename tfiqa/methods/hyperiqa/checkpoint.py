"""The layout of HyperIQA's released checkpoints.

A ResNet-50 in torchvision's layout under `res.`, beside it the local branches, and the
hyper network under its own names. Convolutions are stored `(out, in, rows, columns)`
and dense layers `(out, in)`; the flattening orders are those of our layers.
"""

from collections.abc import Mapping

import keras
import numpy as np

from tfiqa import __version__
from tfiqa import backbones
from tfiqa.backbones import checkpoints
from tfiqa.methods.hyperiqa.config import Config
from tfiqa.models.hyperiqa import build_scorer
from tfiqa.models.hyperiqa_network import build_network

TRUNK = "res."

# The range of KonIQ-10k, whose MOS the released model learned without scaling.
MOS_RANGE = (0.0, 100.0)


def convert(arrays: Mapping[str, np.ndarray], config: Config) -> keras.Model:
    """Returns the scorer of an official checkpoint.

    Args:
        arrays: Arrays by official name; see `checkpoints.read_arrays`.
        config: Config of the network and of the crops for scoring.

    Raises:
        ValueError: If arrays are missing, superfluous or of another shape; names them.
    """
    if config.backbone != "resnet50" or not (config.hyper and config.multi_scale):
        raise ValueError(
            "Official checkpoints are of the full network on `resnet50`. "
            f"Received: config={config}"
        )
    network = build_network(**{**config.network, "backbone_weights": None})
    load(network, arrays)
    metadata = {
        "method": "hyperiqa",
        "dataset": "koniq10k (official checkpoint)",
        "mos_range": list(MOS_RANGE),
        "unit": "MOS",
        "min_side": 1,
        "version": __version__,
    }
    return build_scorer(
        network, scale=1.0, offset=0.0, metadata=metadata, **config.cutting
    )


def load(network: keras.Model, arrays: Mapping[str, np.ndarray]) -> None:
    """Copies the arrays of an official checkpoint into our network."""
    taken = checkpoints.take(arrays, stored_shapes(network))
    for name, variable in _names(network).items():
        variable.assign(_from_torch(taken.pop(name)))
    backbones.load_torchvision_resnet(
        _trunk(network),
        {name.removeprefix(TRUNK): array for name, array in taken.items()},
    )


def stored_shapes(network: keras.Model) -> dict[str, tuple[int, ...]]:
    """Returns the official name and the stored shape of each array of the network."""
    trunk = backbones.torchvision_shapes(_trunk(network))
    return {
        **{TRUNK + name: shape for name, shape in trunk.items()},
        **{name: _stored_shape(v) for name, v in _names(network).items()},
    }


def _trunk(network: keras.Model) -> keras.Model:
    return network.get_layer("resnet50").layers[-1]


def _names(network: keras.Model) -> dict[str, keras.Variable]:
    """Returns the variables outside the trunk by their official names."""
    parts = {}
    for index in (1, 2, 3, 4):
        branch = network.get_layer(f"local_{index}")
        if branch.reduce is not None:
            parts[f"res.lda{index}_pool.0"] = branch.reduce
        parts[f"res.lda{index}_fc"] = branch.project
    for index in (1, 2, 3):
        parts[f"conv1.{2 * (index - 1)}"] = network.get_layer(f"hyper_conv_{index}")
    for index in (1, 2, 3, 4, 5):
        layer = network.get_layer(f"target_{index}")
        kind = "fc" if index == 5 else "conv"
        parts[f"fc{index}w_{kind}"] = layer.kernel_generator
        parts[f"fc{index}b_fc"] = layer.bias_generator
    names = {}
    for name, layer in parts.items():
        names[f"{name}.weight"] = layer.kernel
        if layer.bias is not None:
            names[f"{name}.bias"] = layer.bias
    return names


def _stored_shape(variable: keras.Variable) -> tuple[int, ...]:
    shape = tuple(variable.shape)
    if len(shape) == 4:
        return (shape[3], shape[2], shape[0], shape[1])
    return shape[::-1]


def _from_torch(array: np.ndarray) -> np.ndarray:
    if array.ndim == 4:
        return array.transpose(2, 3, 1, 0)
    return array.T
