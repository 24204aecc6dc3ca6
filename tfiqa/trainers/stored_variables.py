"""Files of variables: written by their order, and read whatever happened to them."""

import contextlib
import zipfile
import zlib
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

# What reading raises of files that are cut short, or of another kind.
_DAMAGE = (
    *(OSError, EOFError, KeyError, TypeError, ValueError, AttributeError),
    *(NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error),
)


class StateError(ValueError):
    """A state on disk cannot be gone on from."""


def save(variables: Iterable[keras.Variable], path: Path) -> None:
    """Writes the values of variables, as numbered arrays."""
    arrays = {str(i): keras.ops.convert_to_numpy(v) for i, v in enumerate(variables)}
    np.savez(path, **arrays)


def assign(variables: Sequence[keras.Variable], path: Path) -> None:
    """Reads the values that `save` wrote into the same variables.

    Raises:
        StateError: If the file is damaged, or of other variables.
    """
    # Opened here: NumPy leaves open what turns out to be damaged.
    with faults_of(path), path.open("rb") as file:
        stored = np.load(file, allow_pickle=False)
        arrays = [stored[str(index)] for index in range(len(stored.files))]
    if [array.shape for array in arrays] != [tuple(v.shape) for v in variables]:
        raise StateError(
            f"{path} belongs to another model: resume with the settings with which "
            "the run was started, or start it again with --overwrite."
        )
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)


@contextlib.contextmanager
def faults_of(path: Path) -> Iterator[None]:
    """Names the file of a state that cannot be read, however it is damaged."""
    try:
        yield
    except _DAMAGE as error:
        raise StateError(
            f"{path} is damaged ({type(error).__name__}: {error}): start the run again "
            "with --overwrite."
        ) from error
