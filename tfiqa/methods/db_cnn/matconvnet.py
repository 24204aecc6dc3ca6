"""Reads the S-CNN of DB-CNN's release for MATLAB, a network of MatConvNet."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io

from tfiqa.models.scnn import CHANNELS
from tfiqa.models.scnn import HIDDEN
from tfiqa.models.scnn import RELEASES
from tfiqa.models.scnn import Release

_NAMES = (
    *(f"features.{2 * index}" for index, _ in enumerate(CHANNELS)),
    *(f"projection.{2 * index}" for index, _ in enumerate(HIDDEN)),
    "classifier",
)


def read(path: str | os.PathLike[str]) -> tuple[dict[str, np.ndarray], Release]:
    """Returns the arrays of a network of MatConvNet, and its strides and mean color.

    Args:
        path: A `.mat` file before 7.3 whose variable `layers`, or the field of that
            name of its variable `net`, holds the layers. The strides are those in the
            file. So is the mean, if there is an average image.

    Returns:
        The arrays, by the names and in the layout of the port to PyTorch.

    Raises:
        ValueError: If the file cannot be read, or holds another network.
    """
    path = Path(path)
    try:
        stored = scipy.io.loadmat(path, struct_as_record=False, squeeze_me=True)
    except Exception as error:  # SciPy raises various errors for a broken file.
        raise ValueError(f"{path} is not a readable .mat file: {error}") from error
    network = stored.get("net")
    layers = stored.get("layers", getattr(network, "layers", ()))
    try:
        convolutions = list(_convolutions(np.atleast_1d(layers)))
        strides = tuple(stride for *_, stride in convolutions[: len(CHANNELS)])
    except (AttributeError, TypeError, ValueError, IndexError) as error:
        raise ValueError(
            f"The layers of a network of MatConvNet are expected. Received: {path}, "
            f"where {error}"
        ) from error
    if len(convolutions) != len(_NAMES):
        raise ValueError(
            f"A network with {len(_NAMES)} convolutions is expected. Received: {path}, "
            f"which has {len(convolutions)}"
        )
    arrays = {}
    for name, (kernel, bias, _) in zip(_NAMES, convolutions, strict=True):
        arrays[f"{name}.weight"] = _in_layout_of_torch(name, kernel)
        arrays[f"{name}.bias"] = bias
    meta = stored.get("meta", getattr(network, "meta", None))
    release = RELEASES["matlab"]
    return arrays, Release(strides, _mean(meta) or release.mean, release.std)


def _convolutions(layers: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, int]]:
    """Yields kernel, bias and stride of each convolution."""
    for layer in layers:
        if layer.type != "conv":
            continue
        kernel, bias = (np.asarray(array, np.float32) for array in layer.weights)
        (stride,) = {int(number) for number in np.atleast_1d(layer.stride)}
        yield kernel, bias.reshape(-1), stride


def _in_layout_of_torch(name: str, kernel: np.ndarray) -> np.ndarray:
    """Returns a kernel `(rows, columns, in, out)`, whose sides of one are squeezed."""
    if kernel.ndim == 2:
        kernel = kernel[None, None]
    array = kernel.transpose(3, 2, 0, 1)
    return array[:, :, 0, 0] if name == "classifier" else array


def _mean(meta: Any) -> tuple[float, ...]:
    """Returns the mean color of the average image, or nothing if there is none."""
    average = getattr(getattr(meta, "normalization", None), "averageImage", None)
    array = np.asarray(() if average is None else average, np.float64)
    if array.size == 0 or array.shape[-1] != 3:
        return ()
    return tuple(array.reshape(-1, 3).mean(axis=0).tolist())
