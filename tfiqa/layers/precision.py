"""Double precision, which JAX supports only with `JAX_ENABLE_X64=1`."""

import keras
import numpy as np
from keras import ops


def double():
    """Returns the dtype of double precision, or of single if there is no other."""
    return keras.backend.standardize_dtype(ops.convert_to_tensor(np.zeros(1)).dtype)


def check_precision(dtype):
    """Raises an error if the backend would compute in lower precision than `dtype`.

    Raises:
        ValueError: If `dtype` is `"float64"` and there is no double precision.
    """
    if dtype == "float64" and double() != "float64":
        raise ValueError(
            "Double precision is expected: on JAX, start with JAX_ENABLE_X64=1. "
            f"Received: dtype={dtype!r}, which would become {double()}"
        )
