"""Asymmetric generalized Gaussian distributions, fitted by moments on a grid of shapes.

The fit follows from five sums over a sample (Lasmar et al., ICIP 2009; Mittal et al.,
SPL 2013, eq. 5-10). The shape is the one of 0.2, 0.201, ..., 10 with the nearest moment
ratio. Since the ratio rises with the shape, bisection finds it.
"""

import functools
from typing import Any
from typing import NamedTuple

import numpy as np
from keras import ops
from scipy.special import gammaln


class Moments(NamedTuple):
    """Sums over a sample `v`: of `|v|`, `v^2`, `v |v|`, `sign(v)` and `|sign(v)|`."""

    absolute: Any
    square: Any
    signed: Any
    sign: Any
    support: Any


class Fit(NamedTuple):
    """Shape `alpha`, scales `left` and `right`, and the `mean` that they imply."""

    alpha: Any
    left: Any
    right: Any
    mean: Any


def fit(moments, count):
    """Returns the `Fit` to samples of `count` values each.

    Zeros count for neither side. A sample without values on one side has NaN scales
    and the smallest shape, as in the authors' code.

    Args:
        moments: `Moments`, tensors of one shape, float64.
        count: Number of values in each sample.
    """
    left, right = deviations(moments)
    t = left / right
    ratio = moments.absolute**2 / (count * moments.square)
    ratio = ratio * (t**3 + 1) * (t + 1) / (t**2 + 1) ** 2
    known = ops.equal(ratio, ratio)
    boundaries = ops.convert_to_tensor(_boundaries(), ratio.dtype)
    index = ops.searchsorted(
        boundaries, ops.reshape(ops.where(known, ratio, 0.0), (-1,)), side="left"
    )
    rows = ops.take(ops.convert_to_tensor(_table(), ratio.dtype), index, axis=0)
    alpha, scale, shift = (
        ops.reshape(rows[:, column], ops.shape(ratio)) for column in range(3)
    )
    left, right = left * scale, right * scale
    return Fit(alpha, left, right, (right - left) * shift)


def deviations(moments):
    """Returns the root mean squares of the values below 0 and of those above.

    NaN if a sample has no value on a side.

    Args:
        moments: `Moments`, tensors of one shape, float64.
    """
    above, below = (
        (moments.support + moments.sign) / 2,
        (moments.support - moments.sign) / 2,
    )
    right = _root_mean((moments.square + moments.signed) / 2, above)
    left = _root_mean((moments.square - moments.signed) / 2, below)
    return left, right


def symmetric_shape(moments, count):
    """Returns the shape of the symmetric distributions of samples (GGD).

    It is the nearest in `E v^2 / E|v|^2`, whereas `fit` uses the nearest in the
    inverse; both as in the authors' code.

    Args:
        moments: `Moments`, tensors of one shape, float64.
        count: Number of values in each sample.
    """
    ratio = moments.absolute**2 / (count * moments.square)
    known = ops.equal(ratio, ratio)
    boundaries = ops.convert_to_tensor(_inverse_boundaries(), ratio.dtype)
    index = ops.searchsorted(
        boundaries, ops.reshape(ops.where(known, ratio, 0.0), (-1,)), side="left"
    )
    alpha = ops.take(ops.convert_to_tensor(shapes(), ratio.dtype), index)
    return ops.where(known, ops.reshape(alpha, ops.shape(ratio)), float("nan"))


def moments(values, axis, total=ops.sum):
    """Returns the `Moments` along axes; tiny values count with their full sign.

    Args:
        values: Floating tensor.
        axis: Axis or axes.
        total: Function that sums up magnitudes along these axes; counts are exact.
    """
    absolute, sign = ops.abs(values), ops.sign(values)
    return Moments(
        total(absolute, axis),
        total(values * values, axis),
        total(values * absolute, axis),
        ops.sum(sign, axis),
        ops.sum(ops.abs(sign), axis),
    )


def _root_mean(squares, count):
    nothing = ops.equal(count, 0.0)
    mean = ops.maximum(squares, 0.0) / ops.where(nothing, 1.0, count)
    return ops.where(nothing, float("nan"), ops.sqrt(mean))


def shapes() -> np.ndarray:
    """Returns the grid of shapes `(9801,)`."""
    return 0.2 + 0.001 * np.arange(9801)


def moment_ratios() -> np.ndarray:
    """Returns `E|v|^2 / E v^2` of a symmetric distribution, for each shape."""
    alpha = shapes()
    return np.exp(2 * gammaln(2 / alpha) - gammaln(1 / alpha) - gammaln(3 / alpha))


@functools.cache
def _boundaries() -> np.ndarray:
    ratios = moment_ratios()
    return (ratios[1:] + ratios[:-1]) / 2


@functools.cache
def _inverse_boundaries() -> np.ndarray:
    inverse = 1 / moment_ratios()
    return 2 / (inverse[1:] + inverse[:-1])


@functools.cache
def _table() -> np.ndarray:
    """Returns shape, scale of the deviations and scale of the mean, `(9801, 3)`."""
    alpha = shapes()
    scale = np.exp((gammaln(1 / alpha) - gammaln(3 / alpha)) / 2)
    shift = np.exp(gammaln(2 / alpha) - gammaln(1 / alpha))
    return np.stack([alpha, scale, shift], axis=1)
