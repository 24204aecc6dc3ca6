"""Stochastic gradient descent as PyTorch computes it."""

import re

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="tfiqa")
class TorchSGD(keras.optimizers.Optimizer):
    """SGD whose momentum excludes the learning rate, with coupled L2 decay.

    For a gradient `g` of the weights `w`:

        g = g + l2 * w
        v = momentum * v + g
        w = w - rate * v

    Keras' own `SGD` keeps `rate * v` instead, which differs if the rate changes from
    step to step, and it decays separately from the momentum.

    Args:
        learning_rate: A number or a schedule.
        momentum: Share of the velocity that each step keeps.
        l2: Factor of the coupled decay.
        no_decay: Regular expressions. Weights do not decay if one of them matches
            within their path.
        name: See `keras.optimizers.Optimizer`.
    """

    def __init__(
        self,
        learning_rate=0.1,
        momentum=0.0,
        l2=0.0,
        no_decay=(),
        name="torch_sgd",
        **kwargs,
    ):
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        if not 0 <= momentum < 1:
            raise ValueError(
                f"`momentum` must be in [0, 1). Received: momentum={momentum}"
            )
        self.momentum = momentum
        self.l2 = l2
        self.no_decay = tuple(no_decay)

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        (self._velocities,) = self.add_optimizer_variables(variables, ["velocity"])
        self._decays = [self.decays(variable.path) for variable in variables]

    def decays(self, path):
        """Returns whether the weights of this path decay."""
        return not any(re.search(pattern, path) for pattern in self.no_decay)

    def update_step(self, gradient, variable, learning_rate):
        dtype = variable.dtype
        index = self._get_variable_index(variable)
        velocity = self._velocities[index]
        step = self.direction(ops.cast(gradient, dtype), variable)
        self.assign(velocity, self.momentum * velocity + step)
        self.assign_sub(variable, ops.cast(learning_rate, dtype) * velocity)

    def direction(self, gradient, variable):
        """Returns the gradient with its decay, which is added to the velocity."""
        if self._decays[self._get_variable_index(variable)]:
            return gradient + self.l2 * variable
        return gradient

    def get_config(self):
        return {
            **super().get_config(),
            "momentum": self.momentum,
            "l2": self.l2,
            "no_decay": self.no_decay,
        }
