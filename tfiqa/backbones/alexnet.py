"""AlexNet as torchvision has it, without its classifier, and the layout of its file.

Five convolutions and two dense layers map crops of one size to a vector (Krizhevsky,
"One weird trick for parallelizing convolutional neural networks", 2014; the network of
2012 has more channels, some of them in groups, and local response normalization).
"""

from collections.abc import Iterator
from collections.abc import Mapping

import keras
import numpy as np

from tfiqa.backbones import checkpoints

# Filters and side of each convolution; the first has a stride of 4 pixels.
CONVOLUTIONS = ((64, 11), (192, 5), (384, 3), (256, 3), (256, 3))
# Convolutions that are followed by a maximum over 3 x 3 positions, every second one.
POOLED = (1, 2, 5)
# Side of the last map, which the dense layers expect.
MAP_SIDE = 6

# torchvision's numbers of these layers.
_FEATURES = (0, 3, 6, 8, 10)
_CLASSIFIER = {"fc6": 1, "fc7": 4}


def build_alexnet(side: int = 227, *, units: int = 4096) -> keras.Model:
    """Returns the network from normalized crops to a vector, with random weights.

    Args:
        side: Side of the crops in pixels, 227 for the network of 2012, 224 for
            torchvision's, in both cases with the same weights.
        units: Length of the vector; 4096 in published weights.
    """
    crops = keras.Input((side, side, 3), name="crops")
    x = keras.layers.ZeroPadding2D(2, data_format="channels_last")(crops)
    for number, (filters, size) in enumerate(CONVOLUTIONS, 1):
        x = keras.layers.Conv2D(
            filters,
            size,
            strides=4 if number == 1 else 1,
            padding="valid" if number == 1 else "same",
            data_format="channels_last",
            activation="relu",
            kernel_initializer="he_normal",
            name=f"conv{number}",
        )(x)
        if number in POOLED:
            x = keras.layers.MaxPooling2D(3, 2, data_format="channels_last")(x)
    if x.shape[1] != MAP_SIDE:
        raise ValueError(
            f"Crops of AlexNet must have a last map of {MAP_SIDE} x {MAP_SIDE} "
            f"positions, as those of 224 or 227 pixels do. Received: side={side}, "
            f"whose last map has {x.shape[1]} x {x.shape[2]}"
        )
    x = keras.layers.Flatten(data_format="channels_last")(x)
    for name in _CLASSIFIER:
        x = keras.layers.Dense(
            units, activation="relu", kernel_initializer="he_normal", name=name
        )(x)
    return keras.Model(crops, x, name="alexnet")


def load_torchvision(network: keras.Model, arrays: Mapping[str, np.ndarray]) -> None:
    """Copies the arrays of torchvision's file, without its last layer.

    Raises:
        ValueError: If arrays are missing, superfluous or of another shape; names them.
    """
    last = ("classifier.6.weight", "classifier.6.bias")
    rest = {name: array for name, array in arrays.items() if name not in last}
    taken = checkpoints.take(rest, torchvision_shapes(network))
    for name, layer in _torchvision_names(network):
        kernel = taken[f"{name}.weight"]
        layer.set_weights([_kernel_of(kernel, layer), taken[f"{name}.bias"]])


def torchvision_shapes(network: keras.Model) -> dict[str, tuple[int, ...]]:
    """Returns the name and the stored shape of each array of torchvision's file."""
    shapes = {}
    for name, layer in _torchvision_names(network):
        *inner, inputs, outputs = layer.kernel.shape
        shapes[f"{name}.weight"] = (outputs, inputs, *inner)
        shapes[f"{name}.bias"] = (outputs,)
    return shapes


def _torchvision_names(
    network: keras.Model,
) -> Iterator[tuple[str, keras.layers.Layer]]:
    for number, stored in enumerate(_FEATURES, 1):
        yield f"features.{stored}", network.get_layer(f"conv{number}")
    for name, stored in _CLASSIFIER.items():
        yield f"classifier.{stored}", network.get_layer(name)


def _kernel_of(array: np.ndarray, layer: keras.layers.Layer) -> np.ndarray:
    if array.ndim == 4:
        return array.transpose(2, 3, 1, 0)
    if layer.name == "fc6":  # Stored for maps whose channels come first.
        array = array.reshape(len(array), -1, MAP_SIDE, MAP_SIDE)
        return array.transpose(2, 3, 1, 0).reshape(-1, len(array))
    return array.T
