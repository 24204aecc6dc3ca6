"""Self-attention over any number of tokens, in bounded memory."""

import keras
from keras import ops

from tfiqa.layers.patches import covering_count
from tfiqa.layers.window_map import WindowMap

# Number of tokens whose attention is computed at once. With 10,000 tokens and six
# heads, their products with all tokens take 120 MB.
MOST_QUERIES = 512


@keras.saving.register_keras_serializable(package="tfiqa")
class SelfAttention(keras.layers.Layer):
    """Mixes tokens by the softmax of scaled products, with multiple heads.

    Args:
        heads: Number of heads; divides the length of a token.

    Attributes:
        unrolled: Whether all tokens are processed together, as exports need, rather
            than in windows of at most 512. Can be changed at any time; not saved.
            Training always processes them together.

    Call arguments:
        tokens: `(batch, count, d)`, any count.

    Output:
        `(batch, count, d)`.

    Reference:
        Vaswani et al., "Attention Is All You Need", NeurIPS 2017.
    """

    def __init__(self, heads, **kwargs):
        super().__init__(**kwargs)
        if heads < 1:
            raise ValueError(f"`heads` must be at least 1. Received: heads={heads}")
        self.heads = heads
        self.unrolled = False
        self._windows = WindowMap()

    def build(self, tokens_shape):
        length = tokens_shape[-1]
        if length % self.heads:
            raise ValueError(
                "`heads` must divide the length of a token. "
                f"Received: heads={self.heads}, tokens of length {length}"
            )
        self.query, self.key, self.value, self.out = (
            keras.layers.Dense(length, dtype=self.dtype_policy, name=name)
            for name in ("query", "key", "value", "out")
        )
        for dense in (self.query, self.key, self.value, self.out):
            dense.build(tokens_shape)

    def call(self, tokens, training=False):
        batch, count, length = ops.shape(tokens)
        joined = self._by_head(tokens)
        if training or self.unrolled:
            mixed = _mixed(joined)
        else:
            mixed = self._mixed_in_windows(joined)
        rows = ops.reshape(ops.transpose(mixed, (0, 2, 1, 3)), (batch, count, length))
        return _mapped(ops.cast(rows, tokens.dtype), self.out.kernel, self.out.bias)

    def _by_head(self, tokens):
        """Returns queries, keys and values, `(batch, 3 * heads, count, d / heads)`."""
        batch, count, length = ops.shape(tokens)
        parts = (self.query, self.key, self.value)
        kernel = ops.concatenate([part.kernel for part in parts], axis=1)
        bias = ops.concatenate([part.bias for part in parts], axis=0)
        shape = (batch, count, 3 * self.heads, length // self.heads)
        joined = ops.reshape(_mapped(tokens, kernel, bias), shape)
        return ops.transpose(joined, (0, 2, 1, 3))

    def _mixed_in_windows(self, joined):
        def of_window(joined, number):
            count = ops.shape(joined)[2]
            # Windows of equal size, so that hardly any token is computed twice.
            size = covering_count(count, covering_count(count, MOST_QUERIES))
            numbers = number * size + ops.arange(size, dtype="int32")
            mixed = _mixed(joined, ops.minimum(numbers, count - 1))
            return ops.cast(mixed, "float32")

        def windows_of(joined):
            return covering_count(ops.shape(joined)[2], MOST_QUERIES)

        mixed = self._windows(of_window, joined, windows_of, ())
        batch, _, count, length = ops.shape(joined)
        mixed = ops.transpose(mixed, (1, 2, 0, 3, 4))
        mixed = ops.reshape(mixed, (batch, self.heads, -1, length))
        return mixed[:, :, :count]

    def compute_output_shape(self, tokens_shape):
        return tokens_shape

    def get_config(self):
        return {**super().get_config(), "heads": self.heads}


def _mapped(tokens, kernel, bias):
    """Returns `tokens @ kernel + bias`.

    `Dense` would flatten the tokens, which exports to ONNX confuse with the division
    by heads.
    """
    return ops.matmul(tokens, kernel) + bias


def _mixed(joined, numbers=None):
    """Returns the values, mixed by the products of each query with all keys.

    Args:
        joined: Queries, keys and values, `(batch, 3 * heads, count, length)`.
        numbers: The tokens whose queries count; all if None.
    """
    queries, keys, values = ops.split(joined, 3, axis=1)
    if numbers is not None:
        queries = ops.take(queries, numbers, axis=2)
    products = ops.matmul(queries, ops.transpose(keys, (0, 1, 3, 2)))
    shares = ops.softmax(products * joined.shape[-1] ** -0.5, axis=-1)
    return ops.matmul(shares, values)
