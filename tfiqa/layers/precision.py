"""Double precision, which JAX has with `JAX_ENABLE_X64=1` alone."""

import keras
import numpy as np
from keras import ops


def double():
    """Returns the dtype of double precision, or of single where there is no other."""
    return keras.backend.standardize_dtype(ops.convert_to_tensor(np.zeros(1)).dtype)


def check_precision(dtype):
    """Raises an error if the backend would compute in less than it is asked for.

    Raises:
        ValueError: If `dtype` is `"float64"` and there is no double precision.
    """
    if dtype == "float64" and double() != "float64":
        raise ValueError(
            "Double precision is expected: on JAX, start with JAX_ENABLE_X64=1. "
            f"Received: dtype={dtype!r}, of which {double()} would be left"
        )
