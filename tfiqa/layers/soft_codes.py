"""CORNIA's encoding of patches: how well the best patch matches each word."""

import keras
from keras import ops

# Number of patches compared with all words at once.
BLOCK = 200


@keras.saving.register_keras_serializable(package="tfiqa")
class SoftCodes(keras.layers.Layer):
    """Returns the largest positive and negative similarity of any patch to each word.

    Ye, Kumar, Kang & Doermann, CVPR 2012. The similarity is the scalar product with the
    word, which has unit length. The words are the weight `words` `(d, count)`. Patches
    are processed in blocks, so that memory does not grow with their number.

    Args:
        count: Number of words.

    Call arguments:
        patches: `(batch, patches, d)`.

    Output:
        `(batch, 2 * count)`, not negative: the largest similarity for each word, then
        the largest negative one for each word.
    """

    def __init__(self, count, **kwargs):
        super().__init__(**kwargs)
        if count < 1:
            raise ValueError(f"`count` must be at least 1. Received: count={count}")
        self.count = count

    def build(self, patches_shape):
        self.words = self.add_weight(
            name="words",
            shape=(patches_shape[-1], self.count),
            initializer="random_normal",
            trainable=False,
        )

    def call(self, patches):
        batch, number, length = ops.shape(patches)
        blocks = (number + BLOCK - 1) // BLOCK
        # The last block is padded with its last patch.
        indices = ops.minimum(ops.arange(blocks * BLOCK, dtype="int32"), number - 1)
        filled = ops.take(patches, indices, axis=1)
        filled = ops.reshape(filled, (batch * blocks, BLOCK, length))

        def extremes(block):
            similarity = ops.matmul(block, self.words)
            return ops.stack([ops.max(similarity, 0), -ops.min(similarity, 0)])

        similarities = ops.reshape(
            ops.map(extremes, filled), (batch, blocks, 2 * self.count)
        )
        return ops.maximum(ops.max(similarities, axis=1), 0.0)

    def compute_output_shape(self, patches_shape):
        return (patches_shape[0], 2 * self.count)

    def get_config(self):
        return {**super().get_config(), "count": self.count}
