"""Tests of the optimizer, against the formula written in NumPy."""

import keras
import numpy as np
import pytest

from tfiqa.optimizers import TorchSGD

GRADIENTS = np.random.default_rng(0).normal(size=(5, 2, 3))
START = np.random.default_rng(1).normal(size=(2, 3))


def sgd(start, gradients, *, rates, l2=0.0, momentum=0.9):
    weights, velocity = start.copy(), np.zeros_like(start)
    for rate, gradient in zip(rates, gradients, strict=True):
        velocity = momentum * velocity + gradient + l2 * weights
        weights = weights - rate * velocity
    return weights


def variable(*path):
    if len(path) == 1:
        return keras.Variable(START.astype("float32"), name=path[0])
    with keras.name_scope(path[0]):
        return variable(*path[1:])


def applied(optimizer, weights, *, rates):
    for rate, gradient in zip(rates, GRADIENTS, strict=True):
        optimizer.learning_rate = rate
        grads = [keras.ops.convert_to_tensor(gradient.astype("float32"))] * len(weights)
        optimizer.apply(grads, weights)
    return [keras.ops.convert_to_numpy(weight) for weight in weights]


RATES = [0.1, 0.2, 0.3, 0.05, 0.0]


def test_follows_the_formula_where_the_rate_changes():
    (result,) = applied(TorchSGD(momentum=0.9, l2=0.5), [variable("w")], rates=RATES)
    expected = sgd(START, GRADIENTS, rates=RATES, l2=0.5)
    np.testing.assert_allclose(result, expected, atol=1e-5)


def test_keras_sgd_is_another_method():
    theirs = keras.optimizers.SGD(momentum=0.9)
    (result,) = applied(theirs, [variable("w")], rates=RATES)
    assert np.abs(result - sgd(START, GRADIENTS, rates=RATES)).max() > 1e-2


def test_some_weights_do_not_decay():
    weights = [variable("stack0_bn", "gamma"), variable("gamma_conv", "kernel")]
    optimizer = TorchSGD(momentum=0.9, l2=0.5, no_decay=(r"/(gamma|beta)$",))
    free, decayed = applied(optimizer, weights, rates=RATES)
    expected = sgd(START, GRADIENTS, rates=RATES)
    np.testing.assert_allclose(free, expected, atol=1e-5)
    expected = sgd(START, GRADIENTS, rates=RATES, l2=0.5)
    np.testing.assert_allclose(decayed, expected, atol=1e-5)


def test_config_round_trip():
    optimizer = TorchSGD(0.25, momentum=0.5, l2=0.125, no_decay=("a",))
    copy = TorchSGD.from_config(optimizer.get_config())
    assert copy.get_config() == optimizer.get_config()


def test_rejects_momentum():
    with pytest.raises(ValueError, match="momentum=1"):
        TorchSGD(momentum=1)
