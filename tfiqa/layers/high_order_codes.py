"""HOSA's encoding of patches: how their statistics near each word differ from usual."""

import keras
from keras import ops

NEAREST = 5
DECAY = 0.05


@keras.saving.register_keras_serializable(package="tfiqa")
class HighOrderCodes(keras.layers.Layer):
    """Returns mean, variance and skewness of the patches near each word, minus its own.

    Xu, Ye, Li, Du, Liu & Doermann, TIP 2016. A patch belongs to its five nearest words
    with weights `exp(-0.05 distance^2)` that sum to 1. The statistics of the words are
    weights: `means`, `variances` and `skews`, each `(words, d)`.

    Args:
        words: Number of words, 5 or more.
        fifth_weight: Whether the mean of a word with a single patch is multiplied by
            the weight of that patch's fifth word, as in the released code.

    Call arguments:
        patches: `(batch, patches, d)`.

    Output:
        `(batch, 3 * words * d)`: all means, all variances, all skews, replaced by their
        signed fifth roots and scaled to unit length.
    """

    def __init__(self, words, fifth_weight=False, **kwargs):
        super().__init__(**kwargs)
        if words < NEAREST:
            raise ValueError(
                f"`words` must be at least {NEAREST}. Received: words={words}"
            )
        self.words = words
        self.fifth_weight = fifth_weight

    def build(self, patches_shape):
        self.means, self.variances, self.skews = (
            self.add_weight(
                name=name,
                shape=(self.words, patches_shape[-1]),
                initializer=initializer,
                trainable=False,
            )
            for name, initializer in (
                ("means", "random_normal"),
                ("variances", "ones"),
                ("skews", "zeros"),
            )
        )

    def call(self, patches):
        weights, fifth = self._weights(patches)
        moments = _moments(patches, weights)
        member = ops.cast(weights > 0, patches.dtype)
        count = ops.sum(member, axis=1)[..., None]
        spread = _moments(patches, member)[1]
        is_varying = ops.sum(spread, axis=-1, keepdims=True) > 1e-8
        first = moments[0] - self.means
        if self.fifth_weight:
            alone = member * fifth[..., None]
            factor = ops.sum(alone, axis=1)[..., None]
            first = ops.where(ops.equal(count, 1.0), first * factor, first)
        second = moments[1] - self.variances
        third = moments[2] / (moments[1] ** 1.5 + 1e-4) - self.skews
        codes = [
            ops.where(count > 0, first, 0.0),
            ops.where(is_varying, second, 0.0),
            ops.where(is_varying, third, 0.0),
        ]
        size = self.words * patches.shape[-1]
        flat = ops.concatenate([ops.reshape(c, (-1, size)) for c in codes], axis=1)
        flat = ops.sign(flat) * ops.abs(flat) ** 0.2
        length = ops.sqrt(ops.sum(flat * flat, axis=1, keepdims=True))
        return flat / ops.maximum(length, 1e-12)

    def _weights(self, patches):
        """Returns the weights of patches for words, and for their fifth nearest word.

        Returns:
            `(batch, patches, words)` and `(batch, patches)`.
        """
        squares = ops.sum(patches * patches, axis=-1, keepdims=True)
        squares = squares + ops.sum(self.means * self.means, axis=-1)
        products = ops.matmul(patches, ops.transpose(self.means))
        squares = ops.maximum(squares - 2.0 * products, 0.0)
        nearest = ops.top_k(-squares, NEAREST)[0]
        least = nearest[..., :1]
        # Divided by the weight of the nearest word, so that no sum is 0.
        fifth = ops.exp(DECAY * (nearest[..., -1:] - least))
        total = ops.sum(ops.exp(DECAY * (nearest - least)), axis=-1, keepdims=True)
        weights = ops.exp(DECAY * (-squares - least)) / total
        chosen = -squares >= nearest[..., -1:]
        return ops.where(chosen, weights, 0.0), (fifth / total)[..., 0]

    def compute_output_shape(self, patches_shape):
        return (patches_shape[0], 3 * self.words * patches_shape[-1])

    def get_config(self):
        return {
            **super().get_config(),
            "words": self.words,
            "fifth_weight": self.fifth_weight,
        }


def _moments(patches, weights):
    """Returns weighted means, variances and third central moments.

    Args:
        patches: `(batch, patches, d)`.
        weights: `(batch, patches, words)`.

    Returns:
        Each `(batch, words, d)`, 0 for a word without patches.
    """
    weights = ops.transpose(weights, (0, 2, 1))
    total = ops.sum(weights, axis=-1, keepdims=True)
    weights = weights / ops.where(total > 0, total, 1.0)
    squares = patches * patches
    raw = ops.concatenate([patches, squares, squares * patches], axis=-1)
    mean, square, cube = ops.split(ops.matmul(weights, raw), 3, axis=-1)
    variance = ops.maximum(square - mean * mean, 0.0)
    return mean, variance, cube - mean * (3.0 * variance + mean * mean)
