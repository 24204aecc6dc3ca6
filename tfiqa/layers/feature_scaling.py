"""Features scaled to the ranges that a regression was trained on."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="tfiqa")
class FeatureScaling(keras.layers.Layer):
    """Multiplies each feature by a factor and adds an offset to it.

    Both are weights, `scale` and `offset` `(features,)`, set from training data. Values
    outside the range of the training data are not clipped.

    Args:
        weights_dtype: Dtype of the weights in memory and in files.

    Attributes:
        portable: Whether to compute in single precision, as LiteRT needs it. Can be
            changed at any time; not saved.

    Call arguments:
        features: `(batch, features)`.

    Output:
        `(batch, features)` in the compute dtype, float64 by default.
    """

    def __init__(self, weights_dtype="float64", dtype="float64", **kwargs):
        super().__init__(dtype=dtype, autocast=False, **kwargs)
        self.weights_dtype = weights_dtype
        self.portable = False

    def build(self, features_shape):
        self.scale, self.offset = (
            self.add_weight(
                name=name,
                shape=(features_shape[-1],),
                dtype=self.weights_dtype,
                initializer=initializer,
                trainable=False,
                autocast=False,
            )
            for name, initializer in (("scale", "ones"), ("offset", "zeros"))
        )

    def call(self, features):
        dtype = "float32" if self.portable else self.compute_dtype
        features, scale, offset = (
            ops.cast(tensor, dtype) for tensor in (features, self.scale, self.offset)
        )
        return features * scale + offset

    def compute_output_shape(self, features_shape):
        return features_shape

    def get_config(self):
        return {**super().get_config(), "weights_dtype": self.weights_dtype}
