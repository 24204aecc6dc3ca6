"""Weibull distributions, fitted by maximum likelihood."""

import math

import keras
import numpy as np
from keras import ops

MOST_STEPS = 60
MOST_TURN = math.log(10)  # Of the logarithm, in one step.
ROUGH = 1e-4  # Change of a step in single precision after which double takes over.
TOLERANCE = 1e-12  # In double precision; otherwise limited by rounding.


def fit(samples):
    """Returns scale and shape of the Weibull distribution of each sample.

    With `z` the logarithms minus their maximum and `s` the inverse of the shape, the
    likelihood is largest where `s + mean(z)` is the mean of `z` weighted by
    `exp(z / s)`. The difference rises with `s`. Newton's method starts at the estimate
    by moments and changes the logarithm of `s`, in which the difference is closer to a
    line; no step changes `s` by more than a factor of ten. For double precision, the
    first steps are in single precision, since each step about squares the error of the
    one before.

    Args:
        samples: Positive floats `(n, values)`.

    Returns:
        `(n, 2)`: scale and shape; the shape of a constant sample is infinite.
    """
    logarithms = ops.log(samples)
    peak = ops.max(logarithms, axis=1, keepdims=True)
    z = logarithms - peak
    mean = ops.mean(z, axis=1, keepdims=True)
    spread = ops.std(z, axis=1, keepdims=True)
    constant = ops.equal(spread, 0.0)
    s = ops.where(constant, 1.0, spread * (math.sqrt(6) / math.pi))
    dtype = keras.backend.standardize_dtype(samples.dtype)
    if dtype == "float64":
        narrow, start, center = (ops.cast(v, "float32") for v in (z, s, mean))
        rough, _ = _solved(narrow, start, center, constant, ROUGH)
        rough = ops.cast(rough, dtype)
        s = ops.where(rough > 0.0, rough, s)
    tolerance = max(TOLERANCE, 8 * float(np.finfo(dtype).eps))
    s, power = _solved(z, s, mean, constant, tolerance)
    scale = ops.exp(peak + s * ops.log(power / samples.shape[1]))
    return ops.concatenate([scale, ops.where(constant, float("inf"), 1.0 / s)], axis=1)


def _solved(z, start, mean, constant, tolerance):
    """Returns inverse shapes `(n, 1)` and the sums of `exp(z / s)` at them.

    Args:
        z: Logarithms minus their maximum, `(n, values)`.
        start: Inverse shapes to start from.
        mean: Mean of `z`.
        constant: Mask of the samples without spread, which keep their start.
        tolerance: Relative error of the inverse shapes at which iteration stops.
    """

    def step(s, change, _):
        weights = ops.exp(z / s)
        weighted = weights * z
        total = ops.sum(weights, axis=1, keepdims=True)
        first = ops.sum(weighted, axis=1, keepdims=True)
        second = ops.sum(weighted * z, axis=1, keepdims=True)
        center = first / total
        derivative = 1.0 + (second / total - center * center) / (s * s)
        turn = (center - mean - s) / (s * derivative)
        factor = ops.exp(ops.clip(turn, -MOST_TURN, MOST_TURN))
        following = ops.where(constant, s, s * factor)
        # The sum after the step, by a parabola, which is exact for so short a step.
        moved = 1.0 / following - 1.0 / s
        power = total + moved * (first + 0.5 * moved * second)
        return following, ops.max(ops.abs(following - s) / s), power

    s, _, power = ops.while_loop(
        # The error after a step is about the square of its change.
        lambda s, change, power: change > math.sqrt(tolerance),
        step,
        (start, ops.ones((), start.dtype), ops.ones_like(start)),
        maximum_iterations=MOST_STEPS,
    )
    return s, power
