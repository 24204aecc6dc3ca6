"""Vectors of length one."""

from keras import ops


def unit_norm(vectors):
    """Returns `(..., d)` vectors divided by their Euclidean length.

    Vectors shorter than 1e-12 are divided by 1e-12. (`keras.layers.UnitNormalization`
    stops at 1e-6.)
    """
    squares = ops.sum(ops.square(vectors), axis=-1, keepdims=True)
    # The root of the larger one: that of zero has no gradient.
    return vectors / ops.sqrt(ops.maximum(squares, 1e-24))
