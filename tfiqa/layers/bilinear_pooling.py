"""Bilinear pooling of two feature maps."""

import keras
from keras import ops

ALIGNMENTS = ("subsample", "resize")


@keras.saving.register_keras_serializable(package="tfiqa")
class BilinearPooling(keras.layers.Layer):
    """Averages the outer products of two feature maps over all positions.

    Maps of different sizes are brought to one size first.

    Args:
        align: `"subsample"` takes rows and columns at equal distances from the map with
            more positions, as DB-CNN's release for MATLAB does; `"resize"` interpolates
            the second map linearly to the size of the first, corner to corner, as its
            port to PyTorch does.

    Call arguments:
        maps: Two maps, `(batch, rows, columns, d)` and `(batch, any, any, e)`.

    Output:
        float32 `(batch, d * e)` whatever the dtype policy. Entry `i * e + j` is the
        mean product of the channels `i` and `j`.

    Reference:
        Lin et al., "Bilinear CNN models for fine-grained visual recognition", ICCV
        2015.
    """

    def __init__(self, align="subsample", **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        if align not in ALIGNMENTS:
            raise ValueError(
                f"`align` must be one of {', '.join(ALIGNMENTS)}. "
                f"Received: align={align!r}"
            )
        self.align = align

    def build(self, maps_shape):
        pass

    def call(self, maps):
        first, second = (ops.cast(one, "float32") for one in maps)
        bring = resized_to_first if self.align == "resize" else subsampled
        first, second = bring(first, second)
        depths = first.shape[-1], second.shape[-1]
        shape = ops.shape(first)
        positions = shape[1] * shape[2]
        left, right = (
            ops.reshape(one, (-1, positions, depth))
            for one, depth in zip((first, second), depths, strict=True)
        )
        sums = ops.matmul(ops.transpose(left, (0, 2, 1)), right)
        means = sums / ops.cast(positions, "float32")
        return ops.reshape(means, (-1, depths[0] * depths[1]))

    def compute_output_shape(self, maps_shape):
        first, second = maps_shape
        return (first[0], first[-1] * second[-1])

    def get_config(self):
        return {**super().get_config(), "align": self.align}


@keras.saving.register_keras_serializable(package="tfiqa")
class SquareRootNorm(keras.layers.Layer):
    """Takes the signed square root of each entry and scales vectors to length one.

    Args:
        epsilon: Added to each entry before the root, for vectors without negative
            entries. With 0, the root of the absolute value gets the sign of the entry.

    Call arguments:
        vectors: `(batch, d)`.

    Output:
        float32 `(batch, d)` whatever the dtype policy.

    Reference:
        Lin et al., "Bilinear CNN models for fine-grained visual recognition", ICCV
        2015, section 3.
    """

    # Below it a root has no gradient, since it would be almost infinite.
    _TINY = 1e-12

    def __init__(self, epsilon=0.0, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        if not 0 <= epsilon < 1:
            raise ValueError(
                f"`epsilon` must be in [0, 1). Received: epsilon={epsilon}"
            )
        self.epsilon = float(epsilon)

    def build(self, vectors_shape):
        pass

    def call(self, vectors):
        vectors = ops.cast(vectors, "float32")
        if self.epsilon:
            roots = ops.sqrt(vectors + self.epsilon)
        else:
            sizes = ops.maximum(ops.abs(vectors), self._TINY)
            roots = ops.sign(vectors) * ops.sqrt(sizes)
        squares = ops.sum(ops.square(roots), axis=-1, keepdims=True)
        return roots / ops.sqrt(ops.maximum(squares, 1e-24))

    def compute_output_shape(self, vectors_shape):
        return vectors_shape

    def get_config(self):
        return {**super().get_config(), "epsilon": self.epsilon}


def resized_to_first(first, second):
    """Returns both maps; the second is interpolated to the size of the first."""
    _, rows, columns, _ = ops.shape(first)
    return first, _interpolated(_interpolated(second, rows, axis=1), columns, axis=2)


def subsampled(first, second):
    """Returns both maps; the one with more positions is reduced to the other's size."""
    sides, other_sides = (ops.shape(one)[1:3] for one in (first, second))
    smaller = sides[0] * sides[1] <= other_sides[0] * other_sides[1]
    for axis in (1, 2):
        length = _either(smaller, sides[axis - 1], other_sides[axis - 1])
        first = _taken(first, length, axis=axis)
        second = _taken(second, length, axis=axis)
    return first, second


def _either(condition, one, other):
    if isinstance(condition, bool):
        return one if condition else other
    return ops.where(condition, one, other)


def _taken(features, count, *, axis):
    """Returns `count` entries along an axis, at equal distances from end to end.

    A single one is the last, as in MATLAB's `linspace`; halves are rounded up.
    """
    length = ops.shape(features)[axis]
    if isinstance(length, int) and isinstance(count, int) and length == count:
        return features
    gaps = ops.maximum(ops.cast(count, "int32") - 1, 1)
    steps = ops.arange(count, dtype="int32")
    spread = (2 * steps * (length - 1) + gaps) // (2 * gaps)
    indices = ops.where(ops.equal(count, 1), length - 1, spread)
    return ops.take(features, indices, axis=axis)


def _interpolated(features, count, *, axis):
    """Returns `count` entries along an axis, linearly interpolated from end to end."""
    length = ops.shape(features)[axis]
    if isinstance(length, int) and isinstance(count, int) and length == count:
        return features
    gaps = ops.maximum(ops.cast(count, "int32") - 1, 1)
    # In integers, so that maps of one size stay as they are.
    places = ops.arange(count, dtype="int32") * (length - 1)
    below = places // gaps
    above = ops.minimum(below + 1, length - 1)
    share = ops.cast(places % gaps, "float32") / ops.cast(gaps, "float32")
    share = ops.reshape(share, (-1, 1, 1) if axis == 1 else (-1, 1))
    low, high = (ops.take(features, index, axis=axis) for index in (below, above))
    return low + share * (high - low)
