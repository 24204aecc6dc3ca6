"""The distance of NIQE, from an image's statistics to those of pristine images."""

import keras
from keras import ops

from tfiqa.layers.whitened_distance import distances
from tfiqa.layers.whitened_distance import is_complete
from tfiqa.layers.whitened_distance import own_covariance


@keras.saving.register_keras_serializable(package="tfiqa")
class NIQEDistance(keras.layers.Layer):
    """Measures how far the features of an image are from pristine ones.

    This is the distance between two Gaussians under the mean of their covariances
    (Mittal et al., SPL 2013, eq. 13). The weights are those of the pristine Gaussian:
    `center` `(features,)` and `whitening` `(features, d)`; see `whitened_distance`.

    Args:
        dimensions: Number of columns `d` of the whitening.
        weights_dtype: Dtype of the weights in memory and in files.

    Call arguments:
        patches: `(batch, rows, columns, features)`; patches with a NaN are ignored.
        mean: `(batch, features)`, the mean over patches.

    Output:
        `(batch, 1)` in the compute dtype, float64 by default; lower is better, NaN
        where `mean` is.
    """

    def __init__(self, dimensions, weights_dtype="float64", dtype="float64", **kwargs):
        super().__init__(dtype=dtype, autocast=False, **kwargs)
        self.dimensions = dimensions
        self.weights_dtype = weights_dtype

    def build(self, patches_shape, mean_shape):
        features = patches_shape[-1]
        self.center = self._weight("center", (features,))
        self.whitening = self._weight("whitening", (features, self.dimensions))

    def _weight(self, name, shape):
        return self.add_weight(
            name=name,
            shape=shape,
            dtype=self.weights_dtype,
            initializer="zeros",
            trainable=False,
            autocast=False,
        )

    def call(self, patches, mean):
        covariance = self._own(patches)[1]
        return distances(self._whitened(mean)[:, None], covariance)

    def per_patch(self, patches):
        """Returns the distance of each patch, `(batch, rows, columns)`.

        Each patch is treated as an image of its own, with zero covariance: that of its
        neighbors would make the distances within an image alike. A patch without
        structure gives NaN.
        """
        shape = ops.shape(patches)
        rows = ops.reshape(patches, (shape[0] * shape[1] * shape[2], 1, shape[3]))
        z = self._whitened(rows)
        alone = ops.zeros((1, self.dimensions, self.dimensions), self.compute_dtype)
        return ops.reshape(distances(z[None, :, 0], alone), shape[:3])

    def _own(self, patches):
        shape = ops.shape(patches)
        rows = ops.reshape(patches, (shape[0], shape[1] * shape[2], shape[3]))
        z = self._whitened(rows)
        return z, own_covariance(z, is_complete(rows))

    def _whitened(self, values):
        center, whitening = (
            ops.cast(w, self.compute_dtype) for w in (self.center, self.whitening)
        )
        return ops.matmul(ops.cast(values, self.compute_dtype) - center, whitening)

    def compute_output_shape(self, patches_shape, mean_shape):
        return (patches_shape[0], 1)

    def get_config(self):
        return {
            **super().get_config(),
            "dimensions": self.dimensions,
            "weights_dtype": self.weights_dtype,
        }
