"""Statistics of the features of patches over an image, as SFA computes them."""

import keras
from keras import ops

VARIANTS = ("matlab", "pytorch")

# The length of each aggregation, in lengths of the features of a patch.
AGGREGATIONS = {"mean_deviation": 2, "quantiles": 5, "moments": 4}
QUANTILES = (1.0, 0.75, 0.5, 0.25, 0.0)

# A skewness up to this is 0 but for rounding in single precision.
_SYMMETRIC = 1e-6


@keras.saving.register_keras_serializable(package="tfiqa")
class PatchStatistics(keras.layers.Layer):
    """Aggregates the features of patches over each image in three ways.

    These are the mean and the deviation, five quantiles, and the mean and three roots
    of moments. The deviation is unbiased, and 0 for a single patch.

    Args:
        variant: `"matlab"` as in the authors' MATLAB code: roots of central moments,
            with the sign of the moment; the quantile `q` of `n` sorted values lies at
            the position `q * n - 0.5`, from 0. `"pytorch"` as in their later code:
            roots of moments about 0, and the position `q * (n - 1)`.

    Call arguments:
        patches: `(batch, rows, columns, d)`.

    Output:
        float32 `(batch, 11 * d)`: mean and deviation; the quantiles 1, 0.75, 0.5, 0.25
        and 0; the mean and the roots of the second, third and fourth moment.

    Reference:
        Li, Jiang, Lin & Jiang, "Which has better visual quality: the clear blue sky or
        a blurry animal?", IEEE Transactions on Multimedia 2019.
    """

    def __init__(self, variant="matlab", **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        if variant not in VARIANTS:
            raise ValueError(
                f"`variant` must be one of {', '.join(VARIANTS)}. "
                f"Received: variant={variant!r}"
            )
        self.variant = variant

    def call(self, patches):
        batch, rows, columns, _ = ops.shape(patches)
        values = ops.reshape(patches, (batch, rows * columns, patches.shape[-1]))
        mean = ops.mean(values, axis=1)
        centered = values - ops.expand_dims(mean, 1)
        about = centered if self.variant == "matlab" else values
        second, third, fourth = (ops.mean(about**order, axis=1) for order in (2, 3, 4))
        # The cube root would make rounding errors a thousand times larger.
        is_skewed = ops.abs(third) > _SYMMETRIC * second**1.5
        third = ops.where(is_skewed, third, 0.0)
        statistics = [
            *(mean, _deviation(centered), *self._quantiles(values)),
            *(mean, _root(second, 2), _root(third, 3), _root(fourth, 4)),
        ]
        return ops.concatenate(statistics, axis=-1)

    def _quantiles(self, values):
        """Returns the quantiles of `(batch, n, d)` over the second axis."""
        count = ops.shape(values)[1]
        last = ops.cast(count, "float32") - 1.0
        ordered = ops.sort(values, axis=1)
        quantiles = []
        for quantile in QUANTILES:
            position = quantile * last
            if self.variant == "matlab":
                position = ops.clip(quantile * (last + 1.0) - 0.5, 0.0, last)
            below = ops.floor(position)
            share = position - below
            first = ops.cast(below, "int32")
            second = ops.minimum(first + 1, count - 1)
            quantiles.append(
                (1.0 - share) * ops.take(ordered, first, axis=1)
                + share * ops.take(ordered, second, axis=1)
            )
        return quantiles

    def compute_output_shape(self, patches_shape):
        return (patches_shape[0], sum(AGGREGATIONS.values()) * patches_shape[-1])

    def get_config(self):
        return {**super().get_config(), "variant": self.variant}


def _deviation(centered):
    """Returns the unbiased deviation of centered values over the second axis."""
    freedom = ops.maximum(ops.cast(ops.shape(centered)[1], "float32") - 1.0, 1.0)
    return _root(ops.sum(centered**2, axis=1) / freedom, 2)


def _root(moment, order):
    """Returns the root of the magnitude, with the sign, whose gradient at 0 is 0."""
    is_positive = ops.abs(moment) > 0
    # Replaced before the root: the root of 0 has no gradient.
    magnitude = ops.where(is_positive, ops.abs(moment), 1.0)
    return ops.where(is_positive, ops.sign(moment) * magnitude ** (1.0 / order), 0.0)
