"""Vectors of length one."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="tfiqa")
class UnitNorm(keras.layers.Layer):
    """Divides vectors by their Euclidean length, or by 1e-12 if they are shorter.

    (`keras.layers.UnitNormalization` stops at 1e-6.)

    Call arguments:
        vectors: `(..., d)`.

    Output:
        `(..., d)`, in single or double precision as `floatx`, whatever the policy.
    """

    def __init__(self, **kwargs):
        super().__init__(**{"dtype": keras.config.floatx(), **kwargs})

    def call(self, vectors):
        return unit_norm(vectors)

    def compute_output_shape(self, vectors_shape):
        return vectors_shape


def unit_norm(vectors):
    """Returns `(..., d)` vectors, each divided by its length; see `UnitNorm`."""
    squares = ops.sum(ops.square(vectors), axis=-1, keepdims=True)
    # The root of the larger one: that of zero has no slope.
    return vectors / ops.sqrt(ops.maximum(squares, 1e-24))
