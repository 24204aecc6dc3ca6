"""Missing scores: skipped explicitly, and counted."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike


class Complete(NamedTuple):
    """Rows with no missing value, and the number of the other rows."""

    columns: tuple[np.ndarray, ...]
    kept: np.ndarray
    missing: int


def complete(**columns: ArrayLike) -> Complete:
    """Returns the rows in which every column has a value.

    Args:
        **columns: Arrays `(n,)`. NaN marks a missing value.

    Returns:
        The columns as float64 `(m,)`, the mask `(n,)` of the kept rows, and n - m.

    Raises:
        ValueError: If lengths differ, or a value is infinite.
    """
    arrays = {name: np.asarray(column, "float64") for name, column in columns.items()}
    shapes = {name: array.shape for name, array in arrays.items()}
    if len(set(shapes.values())) != 1 or any(len(s) != 1 for s in shapes.values()):
        raise ValueError(f"Arrays of one shape `(n,)` are expected. Received: {shapes}")
    for name, array in arrays.items():
        if np.isinf(array).any():
            raise ValueError(
                f"Finite `{name}`, or NaN where missing, are expected. "
                f"Received: {np.isinf(array).sum()} of {array.size} are infinite"
            )
    kept = ~np.any([np.isnan(array) for array in arrays.values()], axis=0)
    chosen = tuple(array[kept] for array in arrays.values())
    return Complete(chosen, kept, int(np.count_nonzero(~kept)))
