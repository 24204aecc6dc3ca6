"""The layout in which torchvision stores a ResNet or a VGG, and its initialization.

Convolutions are stored `(out, in, rows, columns)`. A trunk is a ResNet of KerasHub or
a VGG of Keras, which are the same networks under other names.
"""

from collections.abc import Iterator
from collections.abc import Mapping

import keras
import numpy as np

from tfiqa.backbones import checkpoints


def load_torchvision_resnet(
    trunk: keras.Model, arrays: Mapping[str, np.ndarray]
) -> None:
    """Copies a ResNet in torchvision's layout, without its classifier, into a trunk."""
    taken = checkpoints.take(arrays, torchvision_shapes(trunk))
    for name, variable in _torchvision_names(trunk):
        array = taken[name]
        variable.assign(array.transpose(2, 3, 1, 0) if array.ndim == 4 else array)


def torchvision_shapes(trunk: keras.Model) -> dict[str, tuple[int, ...]]:
    """Returns the name and the stored shape of each array of a ResNet checkpoint."""
    return {
        name: _stored_shape(variable) for name, variable in _torchvision_names(trunk)
    }


def load_torchvision_vgg(trunk: keras.Model, arrays: Mapping[str, np.ndarray]) -> None:
    """Copies a VGG in torchvision's layout, without its classifier, into a trunk."""
    names = torchvision_vgg_names(trunk)
    shapes = {name: _stored_shape(variable) for name, variable in names.items()}
    for name, array in checkpoints.take(arrays, shapes).items():
        names[name].assign(array.transpose(2, 3, 1, 0) if array.ndim == 4 else array)


def torchvision_vgg_names(trunk: keras.Model) -> dict[str, keras.Variable]:
    """Returns the weights of a VGG by torchvision's names.

    Layers are numbered with the activation after each convolution, which Keras has
    inside of it.
    """
    names, index = {}, 0
    for layer in trunk.layers:
        if isinstance(layer, keras.layers.Conv2D):
            names[f"features.{index}.weight"] = layer.kernel
            names[f"features.{index}.bias"] = layer.bias
            index += 2
        elif isinstance(layer, keras.layers.MaxPooling2D):
            index += 1
    return names


def initialize_as_torchvision(trunk: keras.Model, *, seed: int) -> None:
    """Draws the convolutions of a ResNet normally, with variance 2 / fan-out.

    Scales of the batch normalizations stay 1 and their offsets 0.
    """
    rng = np.random.default_rng(seed)
    for _, variable in _torchvision_names(trunk):
        if len(variable.shape) == 4:
            rows, columns, _, outputs = variable.shape
            spread = (2 / (rows * columns * outputs)) ** 0.5
            variable.assign(rng.normal(0, spread, variable.shape))


def build_dense(
    units: int,
    *,
    fan_in: int,
    name: str,
    use_bias: bool = True,
    dtype: str | None = None,
) -> keras.layers.Dense:
    """Returns a layer initialized as in PyTorch, uniform within 1 / sqrt(fan-in)."""
    limit = fan_in**-0.5
    return keras.layers.Dense(
        units,
        use_bias=use_bias,
        kernel_initializer=keras.initializers.RandomUniform(-limit, limit),
        bias_initializer=keras.initializers.RandomUniform(-limit, limit),
        dtype=dtype,
        name=name,
    )


def is_resnet(trunk: keras.Model) -> bool:
    """Returns whether a trunk is a ResNet, which this layout is for."""
    return trunk.layers[1].name.startswith("conv1_")


def _torchvision_names(trunk: keras.Model) -> Iterator[tuple[str, keras.Variable]]:
    parts = {
        "kernel": "weight",
        "gamma": "weight",
        "beta": "bias",
        "moving_mean": "running_mean",
        "moving_variance": "running_var",
    }
    for layer in trunk.layers:
        for variable in layer.weights:
            yield f"{_torchvision_layer(layer.name)}.{parts[variable.name]}", variable


def _torchvision_layer(name: str) -> str:
    """Returns torchvision's name of a layer of KerasHub's ResNet."""
    if name.startswith("conv1_"):
        return {"conv1_conv": "conv1", "conv1_bn": "bn1"}[name]
    stack, block, index, kind = name.split("_")
    prefix = f"layer{int(stack[5:]) + 1}.{block[5:]}"
    if index == "0":
        return f"{prefix}.downsample.{0 if kind == 'conv' else 1}"
    return f"{prefix}.{kind}{index}"


def _stored_shape(variable: keras.Variable) -> tuple[int, ...]:
    shape = tuple(variable.shape)
    return (shape[3], shape[2], *shape[:2]) if len(shape) == 4 else shape
