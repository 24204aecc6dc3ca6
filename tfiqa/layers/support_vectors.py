"""Support vector regression with radial basis functions."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="tfiqa")
class SupportVectors(keras.layers.Layer):
    """Sums a Gaussian around each support vector, times its coefficient.

    `sum_i c_i exp(-gamma |x - s_i|^2) + bias`, where the support vectors `s_i`
    `(count, features)`, the coefficients `c_i` `(count,)` and the bias are weights.
    Coefficients of typical models are large and cancel, hence the double precision.

    Args:
        count: Number of support vectors.
        gamma: Gamma of the Gaussians, positive.
        weights_dtype: Dtype of the weights in memory and in files.

    Attributes:
        portable: Whether to compute in single precision, from differences, as LiteRT
            needs it. Can be changed at any time; not saved.

    Call arguments:
        features: `(batch, features)`, in the ranges of the training data.

    Output:
        `(batch, 1)` in the compute dtype, float64 by default.
    """

    def __init__(
        self, count, gamma, weights_dtype="float64", dtype="float64", **kwargs
    ):
        super().__init__(dtype=dtype, autocast=False, **kwargs)
        if count < 1 or not gamma > 0:
            raise ValueError(
                "`count` must be at least 1 and `gamma` positive. "
                f"Received: count={count}, gamma={gamma}"
            )
        self.count = count
        self.gamma = gamma
        self.weights_dtype = weights_dtype
        self.portable = False

    def build(self, features_shape):
        shapes = {
            "vectors": (self.count, features_shape[-1]),
            "coefficients": (self.count, 1),
            "bias": (1,),
        }
        self.vectors, self.coefficients, self.bias = (
            self.add_weight(
                name=name,
                shape=shape,
                dtype=self.weights_dtype,
                initializer="zeros",
                trainable=False,
                autocast=False,
            )
            for name, shape in shapes.items()
        )

    def call(self, features):
        dtype = "float32" if self.portable else self.compute_dtype
        features, vectors, coefficients, bias = (
            ops.cast(tensor, dtype)
            for tensor in (features, self.vectors, self.coefficients, self.bias)
        )
        if self.portable:
            squares = ops.sum(ops.square(features[:, None] - vectors), axis=2)
            return ops.matmul(ops.exp(-self.gamma * squares), coefficients) + bias
        squares = ops.sum(features * features, axis=1, keepdims=True)
        squares = squares + ops.sum(vectors * vectors, axis=1)
        squares = squares - 2.0 * ops.matmul(features, ops.transpose(vectors))
        return ops.matmul(ops.exp(-self.gamma * squares), coefficients) + bias

    def compute_output_shape(self, features_shape):
        return (features_shape[0], 1)

    def get_config(self):
        return {
            **super().get_config(),
            "count": self.count,
            "gamma": self.gamma,
            "weights_dtype": self.weights_dtype,
        }
