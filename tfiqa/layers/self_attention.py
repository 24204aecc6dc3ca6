"""Self-attention over any number of tokens, in bounded memory."""

import keras
from keras import ops

from tfiqa.layers.patches import covering_count
from tfiqa.layers.window_map import WindowMap

# Tokens whose attention is computed at once: with 10,000 tokens and six heads, their
# products with all tokens take 120 MB.
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
        joined = ops.concatenate(
            [
                self._by_head(dense(tokens))
                for dense in (self.query, self.key, self.value)
            ],
            axis=-1,
        )
        count = ops.shape(tokens)[1]
        if training or self.unrolled:
            mixed = self._mixed(joined, ops.arange(count, dtype="int32"))
        else:
            mixed = self._mixed_in_windows(joined, count)
        batch, _, length = ops.shape(tokens)
        rows = ops.reshape(ops.transpose(mixed, (0, 2, 1, 3)), (batch, count, length))
        return self.out(ops.cast(rows, tokens.dtype))

    def _by_head(self, tokens):
        """Returns `(batch, heads, count, d / heads)`."""
        batch, count, length = ops.shape(tokens)
        parts = ops.reshape(tokens, (batch, count, self.heads, length // self.heads))
        return ops.transpose(parts, (0, 2, 1, 3))

    def _mixed(self, joined, numbers):
        """Returns the mixed values for the tokens of these numbers."""
        length = joined.shape[-1] // 3
        queries = ops.take(joined[..., :length], numbers, axis=2)
        keys, values = joined[..., length : 2 * length], joined[..., 2 * length :]
        products = ops.matmul(queries, ops.transpose(keys, (0, 1, 3, 2)))
        shares = ops.softmax(products * length**-0.5, axis=-1)
        return ops.matmul(shares, values)

    def _mixed_in_windows(self, joined, count):
        # Windows of equal size, so that hardly any token is computed twice.
        windows = covering_count(count, MOST_QUERIES)
        size = covering_count(count, windows)

        def of_window(joined, number):
            total = ops.shape(joined)[2]
            step = covering_count(total, covering_count(total, MOST_QUERIES))
            numbers = number * step + ops.arange(step, dtype="int32")
            mixed = self._mixed(joined, ops.minimum(numbers, total - 1))
            return ops.cast(mixed, "float32")

        def count_of_windows(joined):
            return covering_count(ops.shape(joined)[2], MOST_QUERIES)

        mixed = self._windows(of_window, joined, count_of_windows, ())
        batch, heads, _, _ = ops.shape(joined)
        shape = (batch, heads, windows * size, joined.shape[-1] // 3)
        mixed = ops.reshape(ops.transpose(mixed, (1, 2, 0, 3, 4)), shape)
        return mixed[:, :, :count]

    def compute_output_shape(self, tokens_shape):
        return tokens_shape

    def get_config(self):
        return {**super().get_config(), "heads": self.heads}
