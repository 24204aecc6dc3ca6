"""Indices beyond the ends of a line of pixels, folded back into it.

Both functions take integers, arrays or tensors. `backend` is the module that provides
`minimum` and `maximum`: `numpy`, `tensorflow` or `keras.ops`.
"""

from typing import Any


def reflected(indices: Any, length: Any, backend: Any) -> Any:
    """Returns indices in `[0, length)`, reflected about the first and last pixel.

    The end itself is not repeated: `-1` becomes `1` and `length` becomes `length - 2`.
    A single pixel repeats.
    """
    period = backend.maximum(2 * (length - 1), 1)
    folded = indices % period
    return backend.minimum(folded, period - folded)


def mirrored(indices: Any, length: Any, backend: Any) -> Any:
    """Returns indices in `[0, length)`, reflected about the edges of the line.

    The end is repeated: `-1` becomes `0` and `length` becomes `length - 1`.
    """
    folded = indices % (2 * length)
    return backend.minimum(folded, 2 * length - 1 - folded)
