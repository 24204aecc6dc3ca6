"""Hidden units on standardized features, with a small file."""

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="tfiqa")
class StandardizedDense(keras.layers.Layer):
    """Standardizes features, clips outliers, and computes hidden units.

    The kernel is stored in half precision, since it is by far the largest part of a
    head; everything is computed in single precision. Nothing is trained.

    Args:
        units: Number of hidden units.
        limit: Number of deviations from the mean at which features are clipped.
        activation: Activation of the units, as for `keras.layers.Dense`.

    Call arguments:
        features: `(batch, d)`.

    Output:
        float32 `(batch, units)`.
    """

    def __init__(self, units, limit=6.0, activation="gelu", **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        if units < 1 or not limit > 0:
            raise ValueError(
                "`units` must be at least 1 and `limit` above 0. "
                f"Received: units={units}, limit={limit}"
            )
        self.units = units
        self.limit = float(limit)
        self.activation = keras.activations.get(activation)

    def build(self, features_shape):
        length = features_shape[-1]
        options = {"trainable": False, "autocast": False}
        self.mean = self.add_weight(
            shape=(length,), initializer="zeros", name="mean", **options
        )
        self.factor = self.add_weight(
            shape=(length,), initializer="ones", name="factor", **options
        )
        self.kernel = self.add_weight(
            shape=(length, self.units), dtype="float16", name="kernel", **options
        )
        self.bias = self.add_weight(
            shape=(self.units,), initializer="zeros", name="bias", **options
        )

    def set_statistics(self, mean, deviation, kernel, bias):
        """Sets the statistics of the features, and the dense map.

        Args:
            mean: Mean of each feature, `(d,)`.
            deviation: Standard deviation of each feature, `(d,)`, not negative. A
                feature that hardly varies always counts as 0.
            kernel: `(d, units)`.
            bias: `(units,)`.
        """
        deviation = np.asarray(deviation, np.float64)
        is_varying = deviation > 1e-6
        factor = np.where(is_varying, 1.0 / np.where(is_varying, deviation, 1.0), 0.0)
        self.set_weights([mean, factor, kernel, bias])

    def call(self, features):
        standard = (ops.cast(features, "float32") - self.mean) * self.factor
        cut = ops.clip(standard, -self.limit, self.limit)
        return self.activation(
            ops.matmul(cut, ops.cast(self.kernel, "float32")) + self.bias
        )

    def compute_output_shape(self, features_shape):
        return (*features_shape[:-1], self.units)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "limit": self.limit,
            "activation": keras.activations.serialize(self.activation),
        }
