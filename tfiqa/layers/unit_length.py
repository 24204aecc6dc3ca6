"""Scaling of vectors to length one."""

from keras import ops


def unit_norm(vectors):
    """Returns `(..., d)` vectors divided by their Euclidean length.

    Vectors shorter than 1e-12 are divided by 1e-12; for
    `keras.layers.UnitNormalization` this limit is 1e-6.
    """
    squares = ops.sum(ops.square(vectors), axis=-1, keepdims=True)
    # The limit is applied before the root: the root of 0 has no gradient.
    return vectors / ops.sqrt(ops.maximum(squares, 1e-24))
