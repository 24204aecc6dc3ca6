"""Tests of LARS, against numbers of the authors' code and the formula in NumPy."""

import keras
import numpy as np
import pytest

from tfiqa.optimizers import LARS


def applied(optimizer, start, gradients):
    weights = keras.Variable(start.astype("float32"))
    for gradient in gradients:
        tensor = keras.ops.convert_to_tensor(gradient.astype("float32"))
        optimizer.apply([tensor], [weights])
    return keras.ops.convert_to_numpy(weights)


def test_is_what_the_authors_code_does():
    rng = np.random.RandomState(2)
    rng.randn(3 + 3 + 10, 8)
    start, *gradients = (rng.randn(2, 3) for _ in range(3))
    np.testing.assert_allclose(start[0], [1.10914328, -1.76491773, -0.1144213])
    result = applied(LARS(12.0, l2=1e-4), start, gradients)
    expected = [
        *(1.12346928, -1.79106824, -0.06381934),
        *(-0.5075538, -1.09594715, 0.58182883),
    ]
    np.testing.assert_allclose(result.ravel(), expected, atol=2e-7)


def test_vectors_go_as_in_plain_descent():
    rng = np.random.default_rng(0)
    start, *gradients = rng.normal(size=(4, 5))
    velocity, expected = 0.0, start
    for gradient in gradients:
        velocity = 0.9 * velocity + gradient
        expected = expected - 0.1 * velocity
    result = applied(LARS(0.1, l2=0.5), start, gradients)
    np.testing.assert_allclose(result, expected, atol=1e-6)


@pytest.mark.parametrize("empty", ["weights", "gradient"])
def test_without_length_nothing_is_scaled(empty):
    start, gradient = np.ones((2, 2)), np.full((2, 2), 0.5)
    if empty == "weights":
        result = applied(LARS(1.0), 0 * start, [gradient])
        np.testing.assert_allclose(result, -0.5)
    else:
        np.testing.assert_array_equal(applied(LARS(1.0), start, [0 * gradient]), 1)


def test_config_round_trip():
    optimizer = LARS(0.25, momentum=0.5, l2=0.125, trust=0.01)
    copy = LARS.from_config(optimizer.get_config())
    assert copy.get_config() == optimizer.get_config()
    assert copy.trust == 0.01
