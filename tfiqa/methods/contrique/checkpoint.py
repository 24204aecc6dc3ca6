"""The layout of CONTRIQUE's released checkpoints and regressors.

A checkpoint is a ResNet-50 as a list, `encoder.0` to `encoder.7`, and `projector.0`,
`.1`, `.3` and `.4`. Convolutions are stored `(out, in, rows, columns)` and dense layers
`(out, in)`.
"""

from collections.abc import Mapping

import keras
import numpy as np

from tfiqa import backbones
from tfiqa.backbones import checkpoints
from tfiqa.methods.contrique.config import Config
from tfiqa.models.contrique import CONTRIQUE
from tfiqa.trainers import ViewContrast

# Indices in the list of the ResNet's parts.
_INDICES = {"conv1": 0, "bn1": 1, "layer1": 4, "layer2": 5, "layer3": 6, "layer4": 7}
_PROJECTOR = {"hidden": 0, "hidden_bn": 1, "projection": 3, "projection_bn": 4}
_PARTS = {
    "kernel": "weight",
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}


def convert(arrays: Mapping[str, np.ndarray], config: Config) -> keras.Model:
    """Returns the encoder of an official checkpoint.

    Args:
        arrays: Arrays by official name; see `checkpoints.read_arrays`.
        config: Config of the network.

    Raises:
        ValueError: If arrays are missing, superfluous or of another shape; names them.
    """
    if config.backbone != "resnet50" or config.backbone_weights is not None:
        raise ValueError(
            "Official checkpoints are of `resnet50` from random weights. "
            f"Received: config={config}"
        )
    model = CONTRIQUE(**config.network)
    load(model.trainer(**config.contrast), arrays)
    return model.encoder()


def load(trainee: ViewContrast, arrays: Mapping[str, np.ndarray]) -> None:
    """Copies the arrays of an official checkpoint into our networks."""
    taken = checkpoints.take(arrays, stored_shapes(trainee))
    for name, variable in _projector_names(trainee).items():
        array = taken.pop(name)
        variable.assign(array.T if array.ndim == 2 else array)
    trunk = backbone_trunk(trainee)
    official = {_official(name): name for name in backbones.torchvision_shapes(trunk)}
    backbones.load_torchvision_resnet(
        trunk, {official[name]: array for name, array in taken.items()}
    )


def stored_shapes(trainee: ViewContrast) -> dict[str, tuple[int, ...]]:
    """Returns the official name and the stored shape of each array."""
    trunk = backbones.torchvision_shapes(backbone_trunk(trainee))
    return {
        **{_official(name): shape for name, shape in trunk.items()},
        **{
            name: tuple(variable.shape)[::-1]
            for name, variable in _projector_names(trainee).items()
        },
    }


def backbone_trunk(trainee: ViewContrast) -> keras.Model:
    """Returns the ResNet itself, without the preprocessing of its pixels."""
    return trainee.network.layers[-1].layers[-1]


def _official(name: str) -> str:
    """Returns the official name of the array that torchvision calls `name`."""
    part, _, rest = name.partition(".")
    return f"encoder.{_INDICES[part]}.{rest}"


def _projector_names(trainee: ViewContrast) -> dict[str, keras.Variable]:
    return {
        f"projector.{index}.{_PARTS[variable.name]}": variable
        for layer, index in _PROJECTOR.items()
        for variable in trainee.projector.get_layer(layer).weights
    }
