"""The distance of IL-NIQE: of each block, averaged over the picture."""

import keras
from keras import ops

from tfiqa.layers.niqe_distance import NIQEDistance
from tfiqa.layers.whitened_distance import distances
from tfiqa.layers.whitened_distance import is_complete


@keras.saving.register_keras_serializable(package="tfiqa")
class ILNIQEDistance(NIQEDistance):
    """Measures how far the blocks of a picture are from pristine ones, on average.

    As `NIQEDistance`, but each block is compared by itself (Zhang et al., TIP 2015,
    eq. 16-17). A block with a NaN is replaced by the mean of its picture.

    Output:
        `(batch, 1)`, lower is better, NaN where no block is whole.
    """

    def call(self, patches, mean):
        whole = is_complete(patches)[..., None]
        filled = ops.where(whole, patches, mean[:, None, None, :])
        z = self._own(filled)[0]
        covariance = self._own(patches)[1]
        return ops.mean(distances(z, covariance), axis=1, keepdims=True)
