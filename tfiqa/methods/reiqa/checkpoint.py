"""The layout of Re-IQA's released checkpoints, the same for both experts.

A checkpoint is a ResNet-50 in torchvision's layout below `encoder.`, and the head,
`head.0` and `head.2`, whose arrays are stored `(out, in)`. The head is checked, but not
part of the encoder.
"""

from collections.abc import Mapping

import keras
import numpy as np

from tfiqa import backbones
from tfiqa.backbones import checkpoints
from tfiqa.methods.reiqa.config import EXPERTS
from tfiqa.methods.reiqa.config import Config
from tfiqa.models.reiqa import ReIQA
from tfiqa.models.reiqa import build_network

_HEAD = {"hidden": "head.0", "projection": "head.2"}
_PARTS = {"kernel": "weight", "bias": "bias"}
_TRUNK = "encoder."


def convert(arrays: Mapping[str, np.ndarray], config: Config) -> keras.Model:
    """Returns the encoder of an official checkpoint.

    Args:
        arrays: Arrays by official name; see `checkpoints.read_arrays`.
        config: Its `expert` says which expert it is, since the files do not.

    Raises:
        ValueError: If arrays are missing, superfluous or of another shape (names them),
            or the expert is not stated.
    """
    if config.expert not in EXPERTS:
        raise ValueError(
            f"The checkpoint of one expert is read at a time, {' or '.join(EXPERTS)}. "
            f"Received: expert={config.expert!r}"
        )
    alone = config.alone(config.expert)
    if alone.backbone != "resnet50" or alone.backbone_weights is not None:
        raise ValueError(
            "Official checkpoints are of `resnet50` from random weights. "
            f"Received: config={alone}"
        )
    model = ReIQA(**alone.network)
    load(build_network(model.trunk, alone.projection), arrays)
    return model.encoder()


def load(network: keras.Model, arrays: Mapping[str, np.ndarray]) -> None:
    """Copies the arrays of an official checkpoint into our network."""
    taken = checkpoints.take(arrays, stored_shapes(network))
    for name, variable in _head_names(network).items():
        variable.assign(taken.pop(name).T)
    backbones.load_torchvision_resnet(
        _resnet(network),
        {name.removeprefix(_TRUNK): array for name, array in taken.items()},
    )


def stored_shapes(network: keras.Model) -> dict[str, tuple[int, ...]]:
    """Returns the official name and the stored shape of each array."""
    trunk = backbones.torchvision_shapes(_resnet(network))
    return {
        **{f"{_TRUNK}{name}": shape for name, shape in trunk.items()},
        **{
            name: tuple(variable.shape)[::-1]
            for name, variable in _head_names(network).items()
        },
    }


def _resnet(network: keras.Model) -> keras.Model:
    """Returns the ResNet itself, without the preprocessing of its pixels."""
    return network.get_layer("trunk").layers[-1].layers[-1]


def _head_names(network: keras.Model) -> dict[str, keras.Variable]:
    return {
        f"{prefix}.{_PARTS[variable.name]}": variable
        for layer, prefix in _HEAD.items()
        for variable in network.get_layer(layer).weights
    }
