"""The heads of presets in NumPy, from features to a calibrated score."""

import math
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

import numpy as np

Options = Mapping[str, Any]
Weights = Mapping[str, np.ndarray]


def _standardized_dense(x: np.ndarray, options: Options, weights: Weights):
    standard = (x - weights["mean"]) * weights["factor"]
    cut = np.clip(standard, -options["limit"], options["limit"])
    return _activated(cut @ weights["kernel"] + weights["bias"], options)


def _dense(x: np.ndarray, options: Options, weights: Weights):
    return _activated(x @ weights["kernel"] + weights["bias"], options)


def _rescaling(x: np.ndarray, options: Options, weights: Weights):
    return x * np.float32(options["scale"]) + np.float32(options["offset"])


def _calibration(x: np.ndarray, options: Options, weights: Weights):
    high, low, center, width = map(np.float32, options["curve"])
    return low + (high - low) / (1 + np.exp(-(x - center) / width))


def _identity(x: np.ndarray, options: Options, weights: Weights):
    return x


# By class name. A head with other layers runs only in Keras.
LAYERS: dict[str, Callable[[np.ndarray, Options, Weights], np.ndarray]] = {
    "InputLayer": _identity,
    "StandardizedDense": _standardized_dense,
    "Dense": _dense,
    "Rescaling": _rescaling,
    "Calibration": _calibration,
    "PackagedTrunk": _identity,
}


def compiled(
    layers: list[tuple[str, dict[str, Any]]], weights: Mapping[str, np.ndarray]
) -> Callable[[np.ndarray], float]:
    """Returns the function from features `(d,)` to quality.

    Args:
        layers: Class names and options of the layers, in order.
        weights: Weights by layer and weight name, such as `"hidden/kernel"`.

    Raises:
            ValueError: If a layer or activation is not supported.
    """
    steps = []
    for kind, options in layers:
        check_layer(kind, options)
        own = {
            name.rpartition("/")[2]: np.asarray(array, np.float32)
            for name, array in weights.items()
            if name.rpartition("/")[0] == options["name"]
        }
        steps.append((LAYERS[kind], options, own))

    def call(features: np.ndarray) -> float:
        x = np.asarray(features, np.float32)
        for function, options, own in steps:
            x = function(x, options, own)
        return float(x[0])

    return call


def check_layer(kind: str, options: Options) -> None:
    """Raises an error unless a layer is one of `LAYERS`.

    Raises:
        ValueError: If it is not; names the layer or its activation.
    """
    if kind not in LAYERS:
        raise ValueError(f"One of {', '.join(LAYERS)} is expected. Received: {kind}")
    activation = options.get("activation", "linear")
    if activation not in ACTIVATIONS:
        raise ValueError(
            f"An activation of {', '.join(ACTIVATIONS)} is expected. "
            f"Received: {activation!r}"
        )


def _activated(x: np.ndarray, options: Options) -> np.ndarray:
    return ACTIVATIONS[options["activation"]](x)


def _gelu(x: np.ndarray) -> np.ndarray:
    erf = [math.erf(value) for value in x.ravel() / math.sqrt(2.0)]
    return x * (1 + np.array(erf, x.dtype).reshape(x.shape)) / 2


ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "gelu": _gelu,
}
