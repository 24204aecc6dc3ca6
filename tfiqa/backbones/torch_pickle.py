"""Reads tensors from files of `torch.save`, without torch.

Before version 1.6, `torch.save` wrote five pickles one after another (a magic number,
the protocol version, properties of the machine, the object, and the keys of its
storages) and then the bytes of each storage. Since then it writes a zip archive, with
the object as `data.pkl` and each storage as `data/KEY`, not compressed. Here, the
object may hold only tensors, numbers, strings and containers of these. A pickle that
names any other class or function is refused before anything in it is called.
"""

import collections
import dataclasses
import math
import os
import pickle
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO
from typing import Any

import numpy as np

from tfiqa.files.archives import check_unpacked_size

MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
PROTOCOL_VERSION = 1001

_STORAGES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "<?",
}


def read_tensors(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Returns the named tensors of a file that `torch.save` wrote.

    Args:
        path: A file that holds a dictionary from names to tensors, such as a
            `state_dict()`, of any version of torch.

    Returns:
        Arrays with the shapes and types of the tensors, C-contiguous, in their order.

    Raises:
        ValueError: If the file has another format, is incomplete, or holds anything but
            named tensors.
        OSError: If it cannot be read.
    """
    path = Path(path)
    with path.open("rb") as file:
        try:
            if zipfile.is_zipfile(path):
                check_unpacked_size(path)
                return _read_archive(file)
            tensors = _read(file)
        except (pickle.UnpicklingError, ValueError, TypeError, KeyError) as error:
            raise ValueError(_refusal(path, error)) from error
        except (zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
            raise ValueError(_refusal(path, error)) from error
        except (EOFError, AttributeError, IndexError, OverflowError) as error:
            raise ValueError(_refusal(path, error)) from error
    return tensors


@dataclasses.dataclass(frozen=True)
class _Storage:
    """An array of numbers that tensors share."""

    key: str
    dtype: str
    count: int


@dataclasses.dataclass(frozen=True)
class _Tensor:
    """A view of a storage; all lengths count numbers, not bytes."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class _Unpickler(pickle.Unpickler):
    """Builds only containers, numbers, strings and descriptions of tensors."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _describe_tensor
        if module == "torch" and name in _STORAGES:
            return name
        raise pickle.UnpicklingError(f"it asks for `{module}.{name}`")

    def persistent_load(self, pid: Any) -> _Storage:
        kind, dtype, key, _, count, view = pid
        if kind != "storage" or view is not None or dtype not in _STORAGES:
            raise pickle.UnpicklingError("it holds a storage of an unknown kind")
        return _Storage(str(key), _STORAGES[dtype], int(count))


def _describe_tensor(
    storage: _Storage, offset: int, shape: Any, strides: Any, *_: Any
) -> _Tensor:
    return _Tensor(storage, int(offset), tuple(shape), tuple(strides))


def _read(file: IO[bytes]) -> dict[str, np.ndarray]:
    """Returns the tensors of an open file; raises errors of various types."""
    if _Unpickler(file).load() != MAGIC_NUMBER:
        raise ValueError("it does not begin with the magic number")
    if _Unpickler(file).load() != PROTOCOL_VERSION:
        raise ValueError(f"its protocol is not {PROTOCOL_VERSION}")
    if not _Unpickler(file).load().get("little_endian"):
        raise ValueError("its numbers are big-endian")
    described = _checked(_Unpickler(file).load())
    keys = _Unpickler(file).load()
    storages = {tensor.storage.key: tensor.storage for tensor in described.values()}
    numbers = {key: _numbers(file, storages[key]) for key in keys}
    return {
        name: _view(numbers[tensor.storage.key], tensor)
        for name, tensor in described.items()
    }


def _read_archive(file: IO[bytes]) -> dict[str, np.ndarray]:
    """Returns the tensors of an archive; raises errors of various types."""
    with zipfile.ZipFile(file) as archive:
        names = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        if len(names) != 1:
            raise ValueError("it has no `data.pkl`")
        top = names[0].removesuffix("data.pkl")
        order = f"{top}byteorder"
        if order in archive.namelist() and archive.read(order) != b"little":
            raise ValueError("its numbers are big-endian")
        with archive.open(names[0]) as pickled:
            described = _checked(_Unpickler(pickled).load())
        tensors = {}
        for name, tensor in described.items():
            stored = archive.read(f"{top}data/{tensor.storage.key}")
            storage = tensor.storage
            if len(stored) != storage.count * np.dtype(storage.dtype).itemsize:
                raise ValueError(f"the storage of {name!r} has another length")
            tensors[name] = _view(np.frombuffer(stored, storage.dtype), tensor)
        return tensors


def _checked(described: Any) -> Mapping[str, _Tensor]:
    """Returns descriptions of tensors by name, if that is what an object is."""
    if not isinstance(described, Mapping) or not all(
        isinstance(name, str) and isinstance(tensor, _Tensor)
        for name, tensor in described.items()
    ):
        raise ValueError("it holds more than tensors by name")
    return described


def _numbers(file: IO[bytes], storage: _Storage) -> np.ndarray:
    """Returns the numbers of the next storage in the file."""
    count = int.from_bytes(file.read(8), "little")
    if count != storage.count:
        raise ValueError(f"a storage of {storage.count} numbers has {count}")
    size = count * np.dtype(storage.dtype).itemsize
    stored = file.read(size)
    if len(stored) != size:
        raise ValueError("it ends too early")
    return np.frombuffer(stored, storage.dtype)


def _view(numbers: np.ndarray, tensor: _Tensor) -> np.ndarray:
    """Returns a copy of a tensor's numbers, for any strides."""
    if (
        len(tensor.shape) != len(tensor.strides)
        or min((tensor.offset, *tensor.shape, *tensor.strides), default=0) < 0
    ):
        raise ValueError("a tensor has an impossible shape")
    if tensor.strides == _contiguous_strides(tensor.shape):
        end = tensor.offset + math.prod(tensor.shape)
        if end > len(numbers):
            raise ValueError("a tensor reaches beyond its storage")
        return numbers[tensor.offset : end].reshape(tensor.shape).copy()
    indices = np.full((), tensor.offset)
    for length, stride in zip(tensor.shape, tensor.strides, strict=True):
        indices = indices[..., None] + stride * np.arange(length)
    if indices.size and indices.max() >= len(numbers):
        raise ValueError("a tensor reaches beyond its storage")
    return np.ascontiguousarray(numbers[indices])


def _contiguous_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape)))


def _refusal(path: Path, error: Exception) -> str:
    reason = str(error) or type(error).__name__
    return (
        "A file of named tensors that `torch.save` wrote is "
        f"expected. Received: {path}; {reason}"
    )
