"""Stochastic gradient descent whose steps are in proportion to the weights."""

import keras
from keras import ops

from tfiqa.optimizers.torch_sgd import TorchSGD


@keras.saving.register_keras_serializable(package="tfiqa")
class LARS(TorchSGD):
    """Scales the slope of each layer to a share of the length of its weights.

    For a gradient `g` of the weights `w`, unless they are a vector as biases and what
    scales batch normalisation,

        g = g + l2 * w
        g = trust * |w| / |g| * g    where neither length is 0

    and then, for vectors too,

        v = momentum * v + g
        w = w - rate * v

    Args:
        learning_rate: A number or a schedule.
        momentum: Share of the velocity that is kept.
        l2: Factor of the coupled decay.
        trust: The share.
        name: See `keras.optimizers.Optimizer`.

    Reference:
        You et al., "Large Batch Training of Convolutional Networks", 2017; vectors are
        left out as in self-supervised learning since BYOL.
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
        of_weights, of_slope = (
            ops.sqrt(ops.sum(ops.square(one))) for one in (variable, gradient)
        )
        scaled = ops.logical_and(of_weights > 0, of_slope > 0)
        share = self.trust * of_weights / ops.where(scaled, of_slope, 1.0)
        return gradient * ops.where(scaled, share, 1.0)

    def get_config(self):
        config = super().get_config()
        del config["no_decay"]
        return {**config, "trust": self.trust}
