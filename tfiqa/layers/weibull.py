"""Weibull distributions, fitted by maximum likelihood."""

import math

import keras
import numpy as np
from keras import ops

MOST_STEPS = 60
TOLERANCE = 1e-12  # In double precision; otherwise limited by rounding.


def fit(samples):
    """Returns scale and shape of the Weibull distribution of each sample.

    With `z` the logarithms minus their maximum and `s` the inverse of the shape, the
    likelihood is largest where `s + mean(z)` is the mean of `z` weighted by
    `exp(z / s)`. The difference rises with `s`: Newton's method starts at the estimate
    by moments, and no step reduces `s` to less than a tenth.

    Args:
        samples: Positive, floating `(n, values)`.

    Returns:
        `(n, 2)`: scale and shape; the shape of a constant sample is infinite.
    """
    logarithms = ops.log(samples)
    peak = ops.max(logarithms, axis=1, keepdims=True)
    z = logarithms - peak
    mean = ops.mean(z, axis=1, keepdims=True)
    spread = ops.std(z, axis=1, keepdims=True)
    constant = ops.equal(spread, 0.0)
    start = ops.where(constant, 1.0, spread * (math.sqrt(6) / math.pi))

    precision = np.finfo(keras.backend.standardize_dtype(samples.dtype)).eps
    tolerance = max(TOLERANCE, 8 * float(precision))

    def step(s, _):
        weights = ops.exp(z / s)
        weighted = weights * z
        total = ops.sum(weights, axis=1, keepdims=True)
        center = ops.sum(weighted, axis=1, keepdims=True) / total
        square = ops.sum(weighted * z, axis=1, keepdims=True) / total
        derivative = 1.0 + (square - center * center) / (s * s)
        following = ops.maximum(s - (s - center + mean) / derivative, s / 10)
        following = ops.where(constant, s, following)
        return following, ops.max(ops.abs(following - s) / s)

    s, _ = ops.while_loop(
        lambda s, change: change > tolerance,
        step,
        (start, ops.ones((), samples.dtype)),
        maximum_iterations=MOST_STEPS,
    )
    power = ops.mean(ops.exp(z / s), axis=1, keepdims=True)
    scale = ops.exp(peak + s * ops.log(power))
    return ops.concatenate([scale, ops.where(constant, float("inf"), 1.0 / s)], axis=1)
