"""Hashes of the pixels of images, which turn a shared seed into one key per image."""

import tensorflow as tf

from tfiqa.distortions.compiled import PIXELS
from tfiqa.distortions.filters import dimensions


def pixel_hash(images: tf.Tensor) -> tf.Tensor:
    """Returns a hash of all pixels and their positions, int32 `(batch, 2)`.

    Args:
        images: float32 `(batch, height, width, channels)`.
    """
    batch, height, width, channels = dimensions(images)
    size = height * width * channels
    bits = tf.reshape(tf.bitcast(images, tf.int32), (batch, size))
    blocks = -(-size // PIXELS)
    bits = tf.pad(bits, [[0, 0], [0, blocks * PIXELS - size]])
    bits = tf.reshape(bits, (batch * blocks, PIXELS))

    def hash_block(index: tf.Tensor) -> tf.Tensor:
        return _hash_of_block(bits[index], index % blocks, size)

    # A tensor, since each new Python number would compile again.
    size = tf.convert_to_tensor(size)
    indices = tf.range(batch * blocks)
    hashes = tf.map_fn(
        hash_block, indices, fn_output_signature=tf.TensorSpec((2,), tf.int32)
    )
    # Integer sums wrap around and do not depend on the order of summing.
    return tf.reduce_sum(tf.reshape(hashes, (batch, blocks, 2)), axis=1)


@tf.function(jit_compile=True, autograph=False)
def _hash_of_block(bits: tf.Tensor, block: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    """Returns the contribution of one block of `PIXELS` values, `(2,)`."""
    indices = block * PIXELS + tf.range(PIXELS)
    factors = indices * 747796405 + 1  # An odd multiplier.
    mixed = tf.bitwise.bitwise_xor(bits, factors) * 277803737
    mixed = tf.bitwise.bitwise_xor(mixed, tf.bitwise.right_shift(mixed, 15))
    mixed = tf.where(indices < size, mixed, 0)
    return tf.stack([tf.reduce_sum(mixed), tf.reduce_sum(mixed * factors)])
