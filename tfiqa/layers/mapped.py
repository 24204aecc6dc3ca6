"""Loops over images, or strips of them, that trace their function once."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops


def mapped(function: Callable[[Any], Any], values: Any, dtype: Any) -> Any:
    """Returns the results of a function for each of some values, stacked.

    The same as `keras.ops.map`, except that on TensorFlow Keras calls the function
    once more to learn what it returns. Where loops are nested, each of them doubles the
    time of tracing, and outside of a graph the first value is computed twice.

    Args:
        function: From a value to one tensor, or to a tuple of tensors.
        values: Tensor or tuple of tensors, with one value in each row.
        dtype: Dtype of what the function returns; a tuple of dtypes for a tuple.
    """
    if keras.backend.backend() != "tensorflow":
        return ops.map(function, values)
    import tensorflow as tf  # Not at the top, since other backends do not need it.

    return tf.map_fn(function, values, fn_output_signature=dtype)
