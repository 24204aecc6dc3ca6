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

    Attributes:
        portable: Whether to loop with operators that LiteRT has, which takes memory
            for a block of each image. Can be changed at any time; not saved.

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
        self.portable = False

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
        if self.portable:
            return self._looped(filled, blocks)
        filled = ops.reshape(filled, (batch * blocks, BLOCK, length))
        extremes = ops.map(lambda block: self._extremes(block, axis=0), filled)
        extremes = ops.reshape(extremes, (batch, blocks, 2 * self.count))
        return ops.maximum(ops.max(extremes, axis=1), 0.0)

    def _looped(self, patches, blocks):
        """Returns the codes of `(batch, blocks * BLOCK, d)`."""

        def larger(number, known):
            steps = number * BLOCK + ops.arange(BLOCK, dtype="int32")
            block = ops.take(patches, steps, axis=1)
            return ops.maximum(known, self._extremes(block, axis=1))

        start = ops.zeros((ops.shape(patches)[0], 2 * self.count), patches.dtype)
        return ops.fori_loop(0, blocks, larger, start)

    def _extremes(self, block, axis):
        """Returns the largest similarity to each word, then the largest negative."""
        similarity = ops.matmul(block, self.words)
        extremes = [ops.max(similarity, axis), -ops.min(similarity, axis)]
        return ops.concatenate(extremes, axis=-1)

    def compute_output_shape(self, patches_shape):
        return (patches_shape[0], 2 * self.count)

    def get_config(self):
        return {**super().get_config(), "count": self.count}
