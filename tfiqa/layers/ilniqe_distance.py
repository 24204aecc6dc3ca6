"""The distance of IL-NIQE: that of each block, averaged over the image."""

import keras
from keras import ops

from tfiqa.layers.niqe_distance import NIQEDistance
from tfiqa.layers.whitened_distance import distances
from tfiqa.layers.whitened_distance import is_complete


@keras.saving.register_keras_serializable(package="tfiqa")
class ILNIQEDistance(NIQEDistance):
    """Measures how far the blocks of an image are from pristine ones, on average.

    Like `NIQEDistance`, but each block is compared separately (Zhang et al., TIP 2015,
    eq. 16-17). A block with a NaN is replaced by the mean of its image.

    Output:
        `(batch, 1)`, lower is better, NaN if no block is complete.
    """

    def call(self, patches, mean):
        return ops.mean(self._each(patches, mean), axis=1, keepdims=True)

    def _each(self, patches, mean):
        """Returns the distance of each block, `(batch, blocks)`."""
        complete = is_complete(patches)[..., None]
        filled = ops.where(complete, patches, mean[:, None, None, :])
        z = self._own(filled)[0]
        covariance = self._own(patches)[1]
        return distances(z, covariance)
