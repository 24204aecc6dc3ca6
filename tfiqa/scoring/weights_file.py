"""Weights files from untrusted sources."""

import io
import math
import os
import zipfile
from collections.abc import Iterator
from typing import Any

import h5py

# Arrays above both limits are refused: weights hardly compress.
_MOST_BYTES = 1 << 28
_MOST_RATIO = 20


def check_weights(path: str | os.PathLike[str]) -> None:
    """Raises an error if the weights of a `.keras` file are external or far too large.

    Keras allocates an array in full before it compares its shape, even if the file
    holds almost none of it, and follows links into other files.

    Args:
        path: A zip archive.

    Raises:
        ValueError: If they are external or too large.
    """
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith(".h5"):
                _check(archive.read(name), name)


def _check(content: bytes, name: str) -> None:
    with h5py.File(io.BytesIO(content), "r") as file:
        fault = next(_faults(file), None)
        if fault is not None:
            raise ValueError(f"weights in the file itself are expected: {fault}")
        declared = sum(_sizes(file))
    if declared > _MOST_BYTES and declared > _MOST_RATIO * len(content):
        raise ValueError(
            f"arrays of at most {_MOST_RATIO} times the size of {name}, "
            f"{len(content):,} bytes, are expected. Received: {declared:,} bytes"
        )


def _faults(file: h5py.File) -> Iterator[str]:
    """Yields the references to other files."""
    links: list[str] = []

    def collect(name: str, link: object) -> None:
        if isinstance(link, h5py.ExternalLink):
            links.append(f"{name} is a link into another file")

    file.visititems_links(collect)
    yield from links
    for array in _arrays(file):
        if array.external or array.is_virtual:
            yield f"{array.name} is stored in another file"


def _sizes(file: h5py.File) -> Iterator[int]:
    return (math.prod(a.shape) * a.dtype.itemsize for a in _arrays(file))


def _arrays(file: h5py.File) -> list[Any]:
    arrays: list[Any] = []

    def collect(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.shape is not None:
            arrays.append(item)

    file.visititems(collect)
    return arrays
