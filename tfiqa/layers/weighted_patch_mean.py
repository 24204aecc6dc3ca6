"""The mean over the patches of an image, with a weight for each patch."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="tfiqa")
class WeightedPatchMean(keras.layers.Layer):
    """Averages the features of patches over each image, with learned weights.

        mean_i = sum_p w_p x_pi / sum_p w_p

    With equal weights this is the plain mean.

    Call arguments:
        patches: `(batch, ..., d + 1)`, the features of each patch followed by its
            weight, which must be positive. All axes between the first and the last
            are those of patches.

    Output:
        float32 `(batch, d)`.

    Reference:
        Bosse et al., "Deep Neural Networks for No-Reference and Full-Reference Image
        Quality Assessment", IEEE TIP 2018, equation 9.
    """

    def __init__(self, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})

    def build(self, patches_shape):
        if len(patches_shape) < 3 or patches_shape[-1] < 2:
            raise ValueError(
                "Patches of the shape `(batch, ..., d + 1)` are expected. "
                f"Received: patches of the shape {tuple(patches_shape)}"
            )

    def call(self, patches):
        over_patches = tuple(range(1, len(patches.shape) - 1))
        features, weights = patches[..., :-1], patches[..., -1:]
        total = ops.sum(weights * features, axis=over_patches)
        return total / ops.sum(weights, axis=over_patches)

    def compute_output_shape(self, patches_shape):
        return (patches_shape[0], patches_shape[-1] - 1)
