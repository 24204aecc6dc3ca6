"""Reading of weight files that other frameworks wrote, without running their code."""

import importlib
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import scipy.io
from scipy.io.matlab import MatReadError

Arrays = dict[str, np.ndarray]

SUFFIXES = (".npz", ".safetensors", ".mat", ".pt", ".pth", ".pkl", ".tar")


def read_arrays(path: str | os.PathLike[str]) -> Arrays:
    """Returns the named arrays of a checkpoint, in the layout in which it is stored.

    Args:
        path: A `.npz` or `.safetensors` file, a `.mat` file of MATLAB before 7.3,
            whose cells are named as `cells{0}`, or a file of `torch.save`, which is
            read with `weights_only=True`, so that no code in it is run.

    Raises:
        ValueError: Of another kind of file, or of one that holds no named arrays.
        ImportError: Where the reader of that kind of file is not installed.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"Expected a checkpoint file. Received: {path}")
    if path.suffix == ".npz":
        return _read_npz(path)
    if path.suffix == ".safetensors":
        return _read_safetensors(path)
    if path.suffix == ".mat":
        return _read_mat(path)
    if path.suffix in SUFFIXES:
        return _read_torch(path)
    raise ValueError(f"Expected a file of type {', '.join(SUFFIXES)}. Received: {path}")


def take(arrays: Mapping[str, np.ndarray], shapes: Mapping[str, tuple]) -> Arrays:
    """Returns the arrays named in `shapes`; nothing may be missing or left over.

    Counters of batches that batch normalisation keeps in PyTorch are passed over.

    Raises:
        ValueError: Naming what is missing, superfluous or of another shape.
    """
    given = {
        name.removeprefix("module."): array
        for name, array in arrays.items()
        if not name.endswith("num_batches_tracked")
    }
    faults = {
        "missing": sorted(shapes.keys() - given.keys()),
        "superfluous": sorted(given.keys() - shapes.keys()),
        "of another shape": [
            f"{name} {given[name].shape}, expected {tuple(shape)}"
            for name, shape in shapes.items()
            if name in given and given[name].shape != tuple(shape)
        ],
    }
    if any(faults.values()):
        told = "; ".join(
            f"{kind} ({len(names)}): {', '.join(names[:8])}"
            + (", ..." if len(names) > 8 else "")
            for kind, names in faults.items()
            if names
        )
        raise ValueError(f"The checkpoint does not fit the network. Arrays {told}")
    return {name: np.asarray(given[name], np.float32) for name in shapes}


def _read_npz(path: Path) -> Arrays:
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is no readable .npz file: {error}") from error


def _read_safetensors(path: Path) -> Arrays:
    try:
        import safetensors
        import safetensors.numpy
    except ImportError as error:
        raise ImportError(
            f"Reading {path} needs `pip install 'tfiqa[convert]'`."
        ) from error
    try:
        return safetensors.numpy.load_file(path)
    except safetensors.SafetensorError as error:
        raise ValueError(f"{path} is no readable safetensors file: {error}") from error


def _read_mat(path: Path) -> Arrays:
    try:
        stored = scipy.io.loadmat(path)
    except (NotImplementedError, ValueError, OSError, MatReadError) as error:
        raise ValueError(f"{path} is no readable .mat file: {error}") from error
    arrays = {}
    for name, array in stored.items():
        if not isinstance(array, np.ndarray):
            continue  # What the file says of itself.
        if array.dtype == object:
            cells = {f"{name}{{{i}}}": cell for i, cell in enumerate(array.flat)}
            arrays.update({n: c for n, c in cells.items() if c.dtype.kind in "biuf"})
        elif array.dtype.kind in "biuf":
            arrays[name] = array
    return arrays


def _read_torch(path: Path) -> Arrays:
    try:
        torch = importlib.import_module("torch")  # An extra that few need.
    except ImportError as error:
        raise ImportError(
            f"Reading {path} needs `pip install 'tfiqa[convert]'`."
        ) from error
    try:
        stored = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds for a broken file.
        raise ValueError(f"{path} is no readable torch checkpoint: {error}") from error
    for key in ("state_dict", "params", "model"):
        if isinstance(stored, Mapping) and isinstance(stored.get(key), Mapping):
            stored = stored[key]
    if not isinstance(stored, Mapping) or not all(
        isinstance(value, torch.Tensor) for value in stored.values()
    ):
        raise ValueError(f"{path} holds no table of named tensors.")
    return {name: tensor.float().numpy() for name, tensor in stored.items()}
