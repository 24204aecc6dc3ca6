"""Adam as PyTorch computes it, with a second learning rate for some layers."""

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="tfiqa")
class TorchAdam(keras.optimizers.Optimizer):
    """Adam with coupled L2 decay and epsilon outside of the bias correction.

    For a gradient `g` of the weights `w` at step `t`:

        g = g + l2 * w
        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g^2
        w = w - rate * (m / (1 - beta_1^t)) / (sqrt(v / (1 - beta_2^t)) + epsilon)

    Keras' own `Adam` decays separately from the moments and adds epsilon before the
    correction, which differs for small gradients.

    Args:
        learning_rate: Rate of all weights except those of `fast_layers`.
        fast_layers: Prefixes of the names of layers with their own rate.
        fast_ratio: Their rate as a multiple of `learning_rate`; can be changed later
            through the attribute of this name.
        beta_1: Decay of the first moment.
        beta_2: Decay of the second moment.
        epsilon: Added to the root of the second moment.
        l2: Factor of the coupled decay, applied to every weight.
        name: See `keras.optimizers.Optimizer`.
    """

    def __init__(
        self,
        learning_rate=1e-3,
        fast_layers=(),
        fast_ratio=1.0,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        l2=0.0,
        name="torch_adam",
        **kwargs,
    ):
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.fast_layers = tuple(fast_layers)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.l2 = l2
        self._fast_ratio = self.add_variable(
            shape=(), dtype="float32", name="fast_ratio"
        )
        self.fast_ratio = fast_ratio

    @property
    def fast_ratio(self):
        """The rate of `fast_layers` as a multiple of `learning_rate`."""
        return self._fast_ratio

    @fast_ratio.setter
    def fast_ratio(self, value):
        self._fast_ratio.assign(value)

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self._first, self._second = self.add_optimizer_variables(
            variables, ["first_moment", "second_moment"]
        )
        self._is_fast = [self._has_fast_layer(variable.path) for variable in variables]

    def update_step(self, gradient, variable, learning_rate):
        dtype = variable.dtype
        index = self._get_variable_index(variable)
        first, second = self._first[index], self._second[index]
        step = ops.cast(self.iterations + 1, dtype)
        rate = ops.cast(learning_rate, dtype)
        if self._is_fast[index]:
            rate = rate * ops.cast(self._fast_ratio, dtype)

        gradient = ops.cast(gradient, dtype) + self.l2 * variable
        self.assign_add(first, (gradient - first) * (1 - self.beta_1))
        self.assign_add(second, (ops.square(gradient) - second) * (1 - self.beta_2))
        mean = first / (1 - ops.power(ops.cast(self.beta_1, dtype), step))
        spread = second / (1 - ops.power(ops.cast(self.beta_2, dtype), step))
        self.assign_sub(variable, rate * mean / (ops.sqrt(spread) + self.epsilon))

    def restart(self):
        """Clears the moments and the number of steps, as in a new optimizer."""
        if not self.built:
            return
        for variable in [self.iterations, *self._first, *self._second]:
            variable.assign(np.zeros(variable.shape, variable.dtype))

    def _has_fast_layer(self, path):
        return any(part.startswith(self.fast_layers) for part in path.split("/"))

    def get_config(self):
        return {
            **super().get_config(),
            "fast_layers": self.fast_layers,
            "fast_ratio": float(ops.convert_to_numpy(self._fast_ratio)),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
            "l2": self.l2,
        }
