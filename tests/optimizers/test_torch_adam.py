"""Tests of the optimizer, against the formula written in NumPy."""

import keras
import numpy as np
import pytest

from tfiqa.optimizers import TorchAdam

GRADIENTS = np.random.default_rng(0).normal(size=(5, 2, 3))
START = np.random.default_rng(1).normal(size=(2, 3))


def adam(start, gradients, *, rate, l2=0.0, epsilon=1e-8):
    weights = start.copy()
    first, second = np.zeros_like(start), np.zeros_like(start)
    for step, gradient in enumerate(gradients, start=1):
        gradient = gradient + l2 * weights
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        corrected = np.sqrt(second / (1 - 0.999**step)) + epsilon
        weights = weights - rate * first / (1 - 0.9**step) / corrected
    return weights


def variable(name):
    return keras.Variable(START.astype("float32"), name=name)


def applied(optimizer, weights, gradients):
    for gradient in gradients:
        grads = [keras.ops.convert_to_tensor(gradient.astype("float32"))] * len(weights)
        optimizer.apply(grads, weights)
    return [keras.ops.convert_to_numpy(weight) for weight in weights]


@pytest.mark.parametrize("scale", [1.0, 1e-7])
def test_follows_the_formula(scale):
    # Tiny gradients tell where epsilon stands; a large decay, where the decay does.
    optimizer = TorchAdam(0.01, l2=0.0 if scale < 1 else 0.5)
    (result,) = applied(optimizer, [variable("w")], scale * GRADIENTS)
    expected = adam(START, scale * GRADIENTS, rate=0.01, l2=optimizer.l2)
    np.testing.assert_allclose(result - START, expected - START, atol=2e-6)


def test_keras_adam_is_another_method():
    theirs = keras.optimizers.Adam(0.01, epsilon=1e-8, weight_decay=0.5)
    (result,) = applied(theirs, [variable("w")], GRADIENTS)
    expected = adam(START, GRADIENTS, rate=0.01, l2=0.5)
    assert np.abs(result - expected).max() > 1e-3


def test_some_layers_have_a_rate_of_their_own():
    with keras.name_scope("target_1"):
        fast = variable("kernel")
    with keras.name_scope("not_target_1"):
        slow = variable("kernel")
    optimizer = TorchAdam(0.01, fast_layers=("target_",), fast_ratio=10.0)
    fast_result, slow_result = applied(optimizer, [fast, slow], GRADIENTS[:3])
    np.testing.assert_allclose(
        fast_result, adam(START, GRADIENTS[:3], rate=0.1), atol=2e-6
    )
    np.testing.assert_allclose(
        slow_result, adam(START, GRADIENTS[:3], rate=0.01), atol=2e-6
    )


def test_restart_forgets_moments_and_steps_but_not_rates():
    optimizer = TorchAdam(0.01, fast_layers=("w",), fast_ratio=2.0)
    weights = [variable("w")]
    applied(optimizer, weights, GRADIENTS)
    weights[0].assign(START)
    optimizer.restart()
    (result,) = applied(optimizer, weights, GRADIENTS)
    expected = adam(START, GRADIENTS, rate=0.02)
    np.testing.assert_allclose(result, expected, atol=2e-6)


def test_config_round_trip():
    optimizer = TorchAdam(0.25, fast_layers=("a",), fast_ratio=4.0, l2=0.5)
    copy = TorchAdam.from_config(optimizer.get_config())
    assert copy.get_config() == optimizer.get_config()
