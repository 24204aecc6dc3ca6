"""Tests of groups of weights with optimizers of their own."""

import keras
import numpy as np
import pytest

from tfiqa.optimizers import Grouped
from tfiqa.optimizers import TorchAdam


def variables():
    return [keras.Variable(np.full(2, 3.0, "float32")) for _ in range(3)]


def slope(value):
    return keras.ops.convert_to_tensor(np.full(2, value, "float32"))


def test_each_group_has_its_optimizer_and_its_steps():
    first, second, third = variables()
    adam = TorchAdam(0.1)
    optimizer = Grouped([(keras.optimizers.SGD(0.5), [first, third]), (adam, [second])])
    optimizer.build([first, second, third])
    optimizer.apply([slope(1.0), slope(1.0), slope(2.0)], [first, second, third])
    optimizer.apply([slope(1.0)], [first])
    np.testing.assert_allclose(first.numpy(), 2.0)
    np.testing.assert_allclose(third.numpy(), 2.0)
    np.testing.assert_allclose(second.numpy(), 2.9, rtol=1e-6)
    assert int(adam.iterations.numpy()) == 1
    state = {id(variable) for variable in optimizer.variables}
    assert {id(variable) for variable in adam.variables} <= state


def test_a_variable_has_one_group():
    (first, *_) = variables()
    with pytest.raises(ValueError, match="two groups"):
        Grouped([(keras.optimizers.SGD(), [first]), (keras.optimizers.SGD(), [first])])
