"""Stochastic gradient descent with steps in proportion to the weights."""

import keras
from keras import ops

from tfiqa.optimizers.torch_sgd import TorchSGD


@keras.saving.register_keras_serializable(package="tfiqa")
class LARS(TorchSGD):
    """Scales the gradient of each layer to a share of the length of its weights.

    For a gradient `g` of the weights `w`, unless they are a vector (biases, and the
    weights of batch normalization),

        g = g + l2 * w
        g = trust * |w| / |g| * g    where neither length is 0

    and then, for vectors too,

        v = momentum * v + g
        w = w - rate * v

    Args:
        learning_rate: A number or a schedule.
        momentum: Share of the velocity that each step keeps.
        l2: Factor of the coupled decay.
        trust: Length of a step as a share of the length of the weights.
        name: See `keras.optimizers.Optimizer`.

    Reference:
        You et al., "Large Batch Training of Convolutional Networks", 2017; vectors are
        skipped as in self-supervised learning since BYOL.
    """

    def __init__(
        self,
        learning_rate=0.1,
        momentum=0.9,
        l2=0.0,
        trust=1e-3,
        name="lars",
        **kwargs,
    ):
        super().__init__(learning_rate, momentum, l2, name=name, **kwargs)
        self.trust = trust

    def direction(self, gradient, variable):
        if len(variable.shape) <= 1:
            return gradient
        gradient = gradient + self.l2 * variable
        weight_length, gradient_length = (
            ops.sqrt(ops.sum(ops.square(tensor))) for tensor in (variable, gradient)
        )
        scaled = ops.logical_and(weight_length > 0, gradient_length > 0)
        share = self.trust * weight_length / ops.where(scaled, gradient_length, 1.0)
        return gradient * ops.where(scaled, share, 1.0)

    def get_config(self):
        config = super().get_config()
        del config["no_decay"]
        return {**config, "trust": self.trust}
