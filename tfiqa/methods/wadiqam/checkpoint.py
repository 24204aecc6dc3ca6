"""The layouts of released checkpoints of WaDIQaM-NR.

The authors' networks are HDF5 files of Chainer, ports are files of PyTorch. Both store
convolutions `(out, in, rows, columns)` and dense layers `(out, in)`, under the names of
our layers or, in one port, of its own.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np

from tfiqa import __version__
from tfiqa.backbones import checkpoints
from tfiqa.methods.wadiqam.config import RELEASED_RANGES
from tfiqa.methods.wadiqam.config import Config
from tfiqa.models.wadiqam import build_network
from tfiqa.models.wadiqam import build_scorer

HDF5 = (".h5", ".hdf5", ".model")

# Names of the parts of a layer, by framework, and of the heads in a port.
PARTS = {"W": "kernel", "b": "bias", "weight": "kernel", "bias": "bias"}
HEADS_OF_PORT = {"q_nr": "", "w_nr": "_a"}


def read_checkpoint(path: str | os.PathLike[str]) -> checkpoints.Arrays:
    """Returns the named arrays of a checkpoint; no code in it is run.

    Args:
        path: A file of Chainer's `save_hdf5` (`.h5`, `.hdf5` or `.model`), or another
            that `checkpoints.read_arrays` reads, such as one of `save_npz`.

    Raises:
        ValueError: If the file is not readable, or of another kind.
    """
    path = Path(path)
    if path.suffix not in HDF5 or not path.is_file():
        return checkpoints.read_arrays(path)
    import h5py  # Keras needs it too, and imports it late as well.

    arrays = {}

    def add(name, item):
        if isinstance(item, h5py.Dataset) and item.dtype.kind in "fiu":
            arrays[name] = item[()]

    try:
        with h5py.File(path, "r") as file:
            file.visititems(add)
    except (OSError, RuntimeError, ValueError, MemoryError) as error:
        raise ValueError(f"{path} is not a readable HDF5 file: {error}") from error
    return arrays


def convert(arrays: Mapping[str, np.ndarray], config: Config) -> keras.Model:
    """Returns the scorer of a released checkpoint.

    Checkpoints that were trained patchwise may hold the head of the weights too, which
    the authors' network has but does not use.

    Args:
        arrays: Arrays by released name.
        config: Config of the network; `database` says what the scores are.

    Raises:
        ValueError: If arrays are missing, superfluous or of another shape; names them.
    """
    network = build_network(**config.network)
    renamed = {_our_name(name): array for name, array in arrays.items()}
    if config.top == "patchwise":
        renamed = {n: a for n, a in renamed.items() if "_a/" not in n}
    taken = checkpoints.take(renamed, stored_shapes(network))
    for name, variable in _variables(network).items():
        variable.assign(_from_stored(taken[name]))
    worst, best = RELEASED_RANGES[config.database]
    if config.unit_range:  # Ports divide scores by the largest one.
        worst, best = worst / max(worst, best), best / max(worst, best)
    is_reversed = best < worst
    metadata = {
        "method": "wadiqam",
        "dataset": f"{config.database} (official checkpoint)",
        "mos_range": [min(worst, best), max(worst, best)],
        "unit": "turned DMOS" if is_reversed else "MOS",
        "min_side": 1,
        "version": __version__,
    }
    return build_scorer(
        network,
        scale=-1.0 if is_reversed else 1.0,
        offset=worst if is_reversed else 0.0,
        metadata=metadata,
        edge_patches=config.edge_patches,
    )


def stored_shapes(network: keras.Model) -> dict[str, tuple[int, ...]]:
    """Returns the name and the stored shape of each array of the network."""
    return {
        name: _to_stored_order(tuple(variable.shape))
        for name, variable in _variables(network).items()
    }


def _variables(network: keras.Model) -> dict[str, keras.Variable]:
    """Returns the variables of the network by `layer/part`."""
    return {
        f"{layer.name}/{variable.name}": variable
        for layer in network.layers
        for variable in layer.weights
    }


def _our_name(name: str) -> str:
    """Returns `layer/part` for the name of an array in any of the layouts."""
    plain = name.removeprefix("module.").strip("/").replace(".", "/")
    layer, separator, part = plain.rpartition("/")
    for of_port, ours in HEADS_OF_PORT.items():
        if layer.startswith("fc"):
            layer = layer.replace(of_port, ours)
    return f"{layer}{separator}{PARTS.get(part, part)}"


def _to_stored_order(shape: tuple[int, ...]) -> tuple[int, ...]:
    if len(shape) == 4:
        return (shape[3], shape[2], shape[0], shape[1])
    return shape[::-1]


def _from_stored(array: np.ndarray) -> np.ndarray:
    if array.ndim == 4:
        return array.transpose(2, 3, 1, 0)
    return array.T
