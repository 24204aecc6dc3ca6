"""Tone curves through given points, from `[0, 1]` to `[0, 1]`."""

from collections.abc import Sequence

import scipy.interpolate
import tensorflow as tf


def bend(values: tf.Tensor, middle: float | tf.Tensor) -> tf.Tensor:
    """Maps values by the parabola through (0, 0), (1/2, middle), (1, 1), and clips."""
    bent = values * ((2.0 - 4.0 * middle) * values + (4.0 * middle - 1.0))
    return tf.clip_by_value(bent, 0.0, 1.0)


def halves_of_spline(low: float, high: float) -> tuple[list[float], list[float]]:
    """Returns the cubics of a spline through (0.3, low) and (0.7, high).

    The cubic spline with not-a-knot ends also passes through (0, 0), (1/2, 1/2) and
    (1, 1), so it consists of two cubics that meet in the middle.

    Returns:
        Coefficients from the third power down: of the cubic in `x` for `x` below 1/2,
        and of the one in `x - 1/2` above.
    """
    spline = scipy.interpolate.CubicSpline(
        [0.0, 0.3, 0.5, 0.7, 1.0], [0.0, low, 0.5, high, 1.0], bc_type="not-a-knot"
    )
    return spline.c[:, 0].tolist(), spline.c[:, 2].tolist()


def steepen(
    values: tf.Tensor,
    lower: Sequence[float | tf.Tensor],
    upper: Sequence[float | tf.Tensor],
) -> tf.Tensor:
    """Maps values by the two cubics of `halves_of_spline`, and clips."""
    # Each cubic is constant where the other one applies.
    left = tf.minimum(values, 0.5)
    right = tf.maximum(values, 0.5) - 0.5
    curve = _horner(left, lower) + (_horner(right, upper) - 0.5)
    return tf.clip_by_value(curve, 0.0, 1.0)


def _horner(values: tf.Tensor, coefficients: Sequence[float | tf.Tensor]) -> tf.Tensor:
    result = values * coefficients[0] + coefficients[1]
    for coefficient in coefficients[2:]:
        result = result * values + coefficient
    return result
