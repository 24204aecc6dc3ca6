"""A network applied to overlapping patches that reach beyond the image."""

import keras
from keras import ops

from tfiqa.layers.patch_features import PatchFeatures
from tfiqa.layers.patches import at_least


@keras.saving.register_keras_serializable(package="tfiqa")
class PaddedPatchFeatures(PatchFeatures):
    """Computes the features of a network for patches that cover every pixel.

    The image is extended by black pixels at the right and at the bottom, as far as the
    last patches reach. See `PatchFeatures` for the rest.

    Args:
        network: See `PatchFeatures`.
        size: Side of a patch in pixels.
        stride: Distance of neighboring patches in pixels, along both sides.
        extended: Whether there is one more row of patches, mostly black, if patches fit
            the height exactly, and likewise one more column. SFA's MATLAB code does
            this.

    Output:
        float32 `(batch, rows, columns, d)` with
        `rows = ceil((height - size) / stride) + 1`, 1 or more, and likewise columns;
        if `extended`, `floor((height - size) / stride) + 2`.
    """

    def __init__(self, network, size=224, stride=112, extended=False, **kwargs):
        super().__init__(network, size, stride, **kwargs)
        self.extended = extended

    def _cut(self, images, tops, lefts):
        beyond = (0, self.size)
        padded = ops.pad(images, ((0, 0), beyond, beyond, (0, 0)))
        return super()._cut(padded, tops, lefts)

    def _count(self, length):
        spare = length - self.size + (0 if self.extended else -1)
        return at_least(spare // self.stride + 2, 1)

    def get_config(self):
        return {**super().get_config(), "extended": self.extended}
