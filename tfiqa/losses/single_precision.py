"""Losses are never computed in half precision."""

import keras
from keras import ops


def at_least_single(*tensors):
    """Returns the tensors, those in half precision cast to single precision."""
    dtypes = [keras.backend.standardize_dtype(tensor.dtype) for tensor in tensors]
    return tuple(
        ops.cast(tensor, "float32") if dtype in ("bfloat16", "float16") else tensor
        for tensor, dtype in zip(tensors, dtypes, strict=True)
    )
