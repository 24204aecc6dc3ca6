"""The layouts of DB-CNN's released checkpoints.

The port to PyTorch stores an S-CNN as `features`, `projection` and `classifier`, with
or without batch normalization, and a complete network as `features1`, which is VGG-16
in torchvision's layout, `features2`, the S-CNN, and `fc`. Convolutions are stored
`(out, in, rows, columns)` and dense layers `(out, in)`. `matconvnet` reads the release
for MATLAB into the same names.
"""

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np

from tfiqa import __version__
from tfiqa.backbones import checkpoints
from tfiqa.backbones.torchvision_layout import load_torchvision_vgg
from tfiqa.layers.mos import MIN_SIDE
from tfiqa.methods.db_cnn import matconvnet
from tfiqa.methods.db_cnn.config import Config
from tfiqa.models.db_cnn import build_network
from tfiqa.models.db_cnn import build_scorer
from tfiqa.models.db_cnn import content_maps
from tfiqa.models.scnn import CHANNELS
from tfiqa.models.scnn import HIDDEN
from tfiqa.models.scnn import RELEASES
from tfiqa.models.scnn import SCNN
from tfiqa.models.scnn import Release

Arrays = Mapping[str, np.ndarray]

_CONTENT, _DISTORTION, _HEAD = "features1.", "features2.", "fc."
_PARTS = {
    "kernel": "weight",
    "gamma": "weight",
    "bias": "bias",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}


@dataclasses.dataclass(frozen=True)
class Checkpoint:
    """Arrays by the names of the port to PyTorch, and what they do not say.

    Attributes:
        arrays: The arrays, in the layout of PyTorch.
        release: Strides of the S-CNN and scale of the pixels.
    """

    arrays: Arrays
    release: Release

    @property
    def normalized(self) -> bool:
        """Whether the S-CNN has batch normalization."""
        return any(name.endswith("running_mean") for name in self.arrays)


def read(path: str | os.PathLike[str]) -> Checkpoint:
    """Returns a checkpoint; no code in it is run.

    Args:
        path: `scnn.mat` of the release for MATLAB; or a file of the port to PyTorch,
            `scnn.pkl` or a complete network; see `checkpoints.read_arrays`.

    Raises:
        ValueError: If the file has another format.
        ImportError: If a package that reads the file is not installed.
    """
    if Path(path).suffix == ".mat":
        return Checkpoint(*matconvnet.read(path))
    arrays = checkpoints.read_arrays(path)
    return Checkpoint(
        {name.removeprefix("module."): array for name, array in arrays.items()},
        RELEASES["pytorch"],
    )


def convert(checkpoint: Checkpoint, config: Config) -> keras.Model:
    """Returns the encoder of an S-CNN, or the scorer of a complete network.

    Args:
        checkpoint: What `read` returned.
        config: Its `tile_side` and `checkpoint_range` are used for a scorer.

    Raises:
        ValueError: If arrays are missing, superfluous or of another shape; names them.
    """
    if not any(name.startswith(_HEAD) for name in checkpoint.arrays):
        return load_scnn(checkpoint)[0].encoder()
    network = load_network(checkpoint)
    first, last = config.checkpoint_range
    scale, offset = (1.0, 0.0) if first < last else (-1.0, first + last)
    metadata = {
        "method": "db_cnn",
        "dataset": "official checkpoint",
        "mos_range": sorted(config.checkpoint_range),
        "unit": "MOS" if first < last else "turned DMOS",
        "min_side": MIN_SIDE,
        "version": __version__,
    }
    return build_scorer(
        network,
        scale=scale,
        offset=offset,
        metadata=metadata,
        tile_side=config.tile_side,
    )


def load_scnn(checkpoint: Checkpoint) -> tuple[SCNN, keras.Model]:
    """Returns the S-CNN of a checkpoint, and the model from images to its 39 logits."""
    model = _scnn(checkpoint)
    classifier = model.classifier()
    _assign({**_map_names(model), **_logit_names(classifier)}, checkpoint.arrays)
    return model, classifier


def load_network(checkpoint: Checkpoint) -> keras.Model:
    """Returns the network of a complete checkpoint of the port to PyTorch."""
    model = _scnn(checkpoint)
    content = content_maps("vgg16_torchvision", None)
    network = build_network(content, model.maps(), align="resize", root="shifted")
    quality = network.get_layer("quality")
    parts = {_CONTENT: {}, "": {}}
    for name, array in checkpoint.arrays.items():
        prefix = _CONTENT if name.startswith(_CONTENT) else ""
        parts[prefix][name.removeprefix(_CONTENT)] = array
    names = {
        _DISTORTION + name.removeprefix("features."): variable
        for name, variable in _map_names(model).items()
    }
    head = {f"{_HEAD}{_PARTS[v.name]}": v for v in quality.weights}
    _assign({**names, **head}, parts[""])
    trunk = content.layers[-1]
    load_torchvision_vgg(
        trunk, {f"features.{name}": array for name, array in parts[_CONTENT].items()}
    )
    return network


def _scnn(checkpoint: Checkpoint) -> SCNN:
    release = dataclasses.asdict(checkpoint.release)
    return SCNN(**release, normalized=checkpoint.normalized)


def _map_names(model: SCNN) -> dict[str, keras.Variable]:
    """Returns the weights of the convolutions by the names of the port."""
    step = 3 if model.arguments["normalized"] else 2
    layers = {}
    for index, _ in enumerate(CHANNELS):
        layers[f"features.{step * index}"] = model.get_layer(f"conv_{index + 1}")
        if step == 3:
            layers[f"features.{3 * index + 1}"] = model.get_layer(f"bn_{index + 1}")
    return _weights(layers)


def _logit_names(classifier: keras.Model) -> dict[str, keras.Variable]:
    """Returns the weights of the dense layers by the names of the port."""
    known = {layer.name: layer for layer in classifier.layers}
    step = 3 if "projection_bn_1" in known else 2
    layers = {"classifier": known["logits"]}
    for index, _ in enumerate(HIDDEN):
        layers[f"projection.{step * index}"] = known[f"projection_{index + 1}"]
        if step == 3:
            normalization = known[f"projection_bn_{index + 1}"]
            layers[f"projection.{3 * index + 1}"] = normalization
    return _weights(layers)


def _weights(layers: Mapping[str, keras.layers.Layer]) -> dict[str, keras.Variable]:
    return {
        f"{name}.{_PARTS[variable.name]}": variable
        for name, layer in layers.items()
        for variable in layer.weights
    }


def _assign(variables: Mapping[str, keras.Variable], arrays: Arrays) -> None:
    """Copies arrays in the layout of PyTorch into variables.

    Raises:
        ValueError: See `checkpoints.take`.
    """
    shapes = {name: _stored_shape(name, v) for name, v in variables.items()}
    for name, array in checkpoints.take(arrays, shapes).items():
        variables[name].assign(_from_torch(array).reshape(variables[name].shape))


def _from_torch(array: np.ndarray) -> np.ndarray:
    return array.transpose(2, 3, 1, 0) if array.ndim == 4 else array.T


def _stored_shape(name: str, variable: keras.Variable) -> tuple[int, ...]:
    shape = tuple(variable.shape)
    if len(shape) == 4:
        return (shape[3], shape[2], *shape[:2])
    if len(shape) == 2:
        # The projections are convolutions of single pixels.
        pixel = (1, 1) if name.startswith("projection.") else ()
        return (*shape[::-1], *pixel)
    return shape
