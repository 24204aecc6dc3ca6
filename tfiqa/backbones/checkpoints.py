"""Reads weight files of other frameworks, without running their code."""

import contextlib
import importlib
import math
import os
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import scipy.io

from tfiqa.backbones import torch_pickle
from tfiqa.files.archives import check_unpacked_size

Arrays = dict[str, np.ndarray]

SUFFIXES = (".npz", ".safetensors", ".mat", ".pt", ".pth", ".pkl", ".tar")


def read_arrays(path: str | os.PathLike[str]) -> Arrays:
    """Returns the named arrays of a checkpoint, in their stored layout.

    Args:
        path: A `.npz` or `.safetensors` file, a `.mat` file of MATLAB before 7.3, whose
            cells are named like `cells{0}`, or a file of `torch.save`. It is read
            without torch if it holds tensors by name alone, else with
            `weights_only=True`, so that no code in it runs.

    Raises:
        ValueError: If the file is of another kind, or holds no named arrays.
        ImportError: If the reader of that kind of file is not installed.
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
    """Returns the arrays named in `shapes`; nothing may be missing or superfluous.

    PyTorch's batch counters of batch normalization are ignored.

    Raises:
        ValueError: If arrays are missing, superfluous or of another shape; names them.
    """
    present = {
        name.removeprefix("module."): array
        for name, array in arrays.items()
        if not name.endswith("num_batches_tracked")
    }
    faults = {
        "missing": sorted(shapes.keys() - present.keys()),
        "superfluous": sorted(present.keys() - shapes.keys()),
        "of another shape": [
            f"{name} {present[name].shape}, expected {tuple(shape)}"
            for name, shape in shapes.items()
            if name in present and present[name].shape != tuple(shape)
        ],
    }
    if any(faults.values()):
        description = "; ".join(
            f"{kind} ({len(names)}): {', '.join(names[:8])}"
            + (", ..." if len(names) > 8 else "")
            for kind, names in faults.items()
            if names
        )
        raise ValueError(
            f"The checkpoint does not fit the network. Arrays {description}"
        )
    return {name: np.asarray(present[name], np.float32) for name in shapes}


def _read_npz(path: Path) -> Arrays:
    try:
        check_unpacked_size(path)
        _check_members(path)
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (ValueError, OSError, EOFError, MemoryError, zlib.error) as error:
        raise ValueError(f"{path} is not a readable .npz file: {error}") from error
    if not arrays:
        raise ValueError(f"{path} is not a readable .npz file: it holds no arrays")
    return arrays


def _check_members(path: Path) -> None:
    """Raises `ValueError` unless each member is an array of the size it declares.

    Otherwise NumPy would allocate any declared size before it finds the file too short.
    """
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            with archive.open(member) as file:
                version = np.lib.format.read_magic(file)
                read_header = {
                    (1, 0): np.lib.format.read_array_header_1_0,
                    (2, 0): np.lib.format.read_array_header_2_0,
                }.get(version)
                if read_header is None:
                    raise ValueError(f"{member.filename} is of version {version}")
                shape, _, dtype = read_header(file)
                declared = file.tell() + math.prod(shape) * dtype.itemsize
            if declared != member.file_size and not dtype.hasobject:
                raise ValueError(
                    f"{member.filename} declares {declared:,} bytes and has "
                    f"{member.file_size:,}"
                )


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
        raise ValueError(
            f"{path} is not a readable safetensors file: {error}"
        ) from error


def _read_mat(path: Path) -> Arrays:
    try:
        stored = scipy.io.loadmat(path)
    except Exception as error:  # SciPy raises various errors for a broken file.
        raise ValueError(f"{path} is not a readable .mat file: {error}") from error
    arrays = {}
    for name, array in stored.items():
        if not isinstance(array, np.ndarray):
            continue  # The file's header.
        if array.dtype == object:
            cells = {f"{name}{{{i}}}": cell for i, cell in enumerate(array.flat)}
            arrays.update({n: c for n, c in cells.items() if c.dtype.kind in "biuf"})
        elif array.dtype.kind in "biuf":
            arrays[name] = array
    return arrays


def _read_torch(path: Path) -> Arrays:
    # Files that hold nothing but tensors by name are read without torch.
    with contextlib.suppress(ValueError):
        return torch_pickle.read_tensors(path)
    try:
        torch = importlib.import_module("torch")  # An optional dependency.
    except ImportError as error:
        raise ImportError(
            f"Reading {path} needs `pip install 'tfiqa[convert]'`."
        ) from error
    try:
        stored = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises various errors for a broken file.
        raise ValueError(
            f"{path} is not a readable torch checkpoint: {error}"
        ) from error
    for key in ("state_dict", "params", "model"):
        if isinstance(stored, Mapping) and isinstance(stored.get(key), Mapping):
            stored = stored[key]
    if not isinstance(stored, Mapping) or not all(
        isinstance(value, torch.Tensor) for value in stored.values()
    ):
        raise ValueError(f"{path} does not hold a table of named tensors.")
    return {name: tensor.float().numpy() for name, tensor in stored.items()}
