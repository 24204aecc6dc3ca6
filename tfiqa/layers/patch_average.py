"""The mean over patches, some of which have nothing to measure."""

import keras
from keras import ops

from tfiqa.layers.whitened_distance import is_complete


@keras.saving.register_keras_serializable(package="tfiqa")
class PatchAverage(keras.layers.Layer):
    """Averages the features of patches over each image, ignoring NaN.

    Args:
        whole_patches: Whether a patch with any NaN is ignored entirely, rather than
            only in the features that are NaN.

    Call arguments:
        patches: `(batch, rows, columns, features)`.

    Output:
        `(batch, features)`, NaN if there is nothing to average.
    """

    def __init__(self, whole_patches=False, dtype="float64", **kwargs):
        super().__init__(dtype=dtype, autocast=False, **kwargs)
        self.whole_patches = whole_patches

    def call(self, patches):
        present = ops.logical_not(ops.isnan(patches))
        if self.whole_patches:
            complete = is_complete(patches)[..., None]
            present = ops.logical_and(present, complete)
        total = ops.sum(ops.where(present, patches, ops.zeros_like(patches)), (1, 2))
        count = ops.sum(ops.cast(present, patches.dtype), (1, 2))
        return ops.where(count > 0, total / ops.maximum(count, 1.0), float("nan"))

    def compute_output_shape(self, patches_shape):
        return (patches_shape[0], patches_shape[-1])

    def get_config(self):
        return {**super().get_config(), "whole_patches": self.whole_patches}
