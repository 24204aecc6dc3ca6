"""The distance of the patches of an image from pristine ones, both as Gaussians."""

import keras
import numpy as np
from keras import ops

from tfiqa.layers.precision import double

# Maximum number of steps, and the residual that ends them, in single precision.
STEPS = 200
RESIDUAL = 1e-6


@keras.saving.register_keras_serializable(package="tfiqa")
class GaussianDistance(keras.layers.Layer):
    """The distance of two Gaussians, one of pristine patches and one of an image's.

        sqrt((m - m_p)^T ((S + S_p) / 2 + ridge I)^-1 (m - m_p))

    with means `m` and unbiased covariances `S`. An image with a single patch has zero
    covariance.

    Patches are first whitened by the pristine half of the covariance and the ridge,
    which is one projection on its principal directions. The remaining system is as
    small as the number of patches or of features. It is solved in double precision,
    which JAX supports only with `JAX_ENABLE_X64`.

    Args:
        rank: Number of principal directions of the pristine features.
        ridge: Added to the diagonal of the mean covariance.
        portable: Whether to compute in single precision and to solve by conjugate
            gradients, with operators that LiteRT supports. Can be changed at any time.

    Call arguments:
        patches: Features `(batch, rows, columns, d)`.
        mean: `(batch, d)`, their mean.

    Output:
        float32 `(batch, 1)`, 0 or more, lower is better.
    """

    def __init__(self, rank, ridge=1e-3, portable=False, **kwargs):
        super().__init__(**{**kwargs, "dtype": double(), "autocast": False})
        if rank < 1 or ridge <= 0:
            raise ValueError(
                "`rank` must be at least 1 and `ridge` positive. "
                f"Received: rank={rank}, ridge={ridge}"
            )
        self.rank = rank
        self.ridge = ridge
        self.portable = portable

    def build(self, patches_shape, mean_shape):
        length = patches_shape[-1]
        self.mean = self._statistic("mean", (length,))
        self.variances = self._statistic("variances", (self.rank,))
        self.directions = self._statistic("directions", (self.rank, length))

    def _statistic(self, name, shape):
        return self.add_weight(
            name=name, shape=shape, initializer="zeros", trainable=False
        )

    def call(self, patches, mean):
        white = self._whitened(patches)
        batch, rows, columns, length = ops.shape(white)
        count = rows * columns
        white = ops.reshape(white, (batch, count, length))
        center = self._whitened(mean)
        scale = ops.sqrt(ops.cast(2 * ops.maximum(count - 1, 1), white.dtype))
        spread = (white - ops.expand_dims(center, 1)) / scale
        solve = _solved_by_steps if self.portable else _solved
        return ops.cast(ops.sqrt(solve(spread, center)), "float32")

    def per_patch(self, patches):
        """Returns the distance of each single patch, `(batch, rows, columns)`."""
        squares = ops.sum(ops.square(self._whitened(patches)), axis=-1)
        return ops.cast(ops.sqrt(squares), "float32")

    def _whitened(self, features):
        """Returns features in units of the pristine deviations and the ridge."""
        dtype = "float32" if self.portable else double()
        directions = ops.cast(self.directions, dtype)
        variances = ops.cast(self.variances, dtype) / 2
        features = ops.cast(features, dtype) - ops.cast(self.mean, dtype)
        shrink = 1 - ops.sqrt(self.ridge / (variances + self.ridge))
        shares = ops.matmul(features, ops.transpose(directions)) * shrink
        return (features - ops.matmul(shares, directions)) / self.ridge**0.5

    def compute_output_shape(self, patches_shape, mean_shape):
        return (mean_shape[0], 1)

    def compute_output_spec(self, patches, mean):
        shape = self.compute_output_shape(patches.shape, mean.shape)
        return keras.KerasTensor(shape, dtype="float32")

    def get_config(self):
        return {
            **super().get_config(),
            "rank": self.rank,
            "ridge": self.ridge,
            "portable": self.portable,
        }


def gaussian_statistics(features):
    """Returns the mean, variances and directions of pristine features.

    Args:
        features: `(n, d)` of n patches, 2 or more. There may be fewer patches than
            features: the ridge of the distance compensates.

    Returns:
        float64 `(d,)`, `(rank,)` and `(rank, d)`: the mean, and the variances of the
        unbiased covariance along its orthogonal principal directions. Directions with
        less than 1e-12 of the largest variance are dropped.

    Raises:
        ValueError: If there are fewer than 2 patches, or all are the same.
    """
    features = np.asarray(features, np.float64)
    if features.ndim != 2 or len(features) < 2 or not np.isfinite(features).all():
        raise ValueError(
            "Finite features of at least 2 pristine patches are expected, "
            f"`(n, d)`. Received: features of shape {features.shape}"
        )
    mean = features.mean(axis=0)
    _, lengths, directions = np.linalg.svd(features - mean, full_matrices=False)
    variances = lengths**2 / (len(features) - 1)
    kept = variances > 1e-12 * variances[0]
    if not kept.any():
        raise ValueError(
            "Pristine patches that differ are expected. Received: "
            f"{len(features)} patches, whose features are all the same"
        )
    return mean, variances[kept], directions[kept]


def _solved(spread, middle):
    """Returns `m^T (I + Z^T Z)^-1 m`, `(batch, 1)`, by the smaller of two systems.

    Args:
        spread: Z, `(batch, n, d)`.
        middle: m, `(batch, d)`.
    """
    squares = ops.sum(ops.square(middle), axis=-1, keepdims=True)
    column = ops.expand_dims(middle, -1)

    def of_patches():
        products = ops.matmul(spread, column)
        inner = ops.matmul(spread, ops.transpose(spread, (0, 2, 1)))
        return squares - _quadratic_form(inner, products)

    def of_features():
        outer = ops.matmul(ops.transpose(spread, (0, 2, 1)), spread)
        return _quadratic_form(outer, column)

    _, count, length = ops.shape(spread)
    return ops.cond(ops.less_equal(count, length), of_patches, of_features)


def _quadratic_form(matrix, column):
    """Returns `c^T (I + M)^-1 c`, `(batch, 1)`, NaN where M is not finite."""
    identity = ops.eye(ops.shape(matrix)[-1], dtype=matrix.dtype)
    # A factorization fails for the whole batch because of one such image.
    known = ops.all(ops.isfinite(matrix), axis=(1, 2), keepdims=True)
    lower = ops.cholesky(ops.where(known, matrix, 0.0) + identity)
    half = ops.solve_triangular(lower, column, lower=True)
    return ops.where(known[:, 0], ops.sum(ops.square(half), axis=1), float("nan"))


def _solved_by_steps(spread, middle):
    """Returns the result of `_solved`, by conjugate gradients with matrix products.

    Its constants are representable in half precision, in which a converter may store
    them. Residuals are compared by their lengths, not by the squares of these.
    """
    target = ops.expand_dims(middle, -1)
    squares = ops.sum(ops.square(target), axis=1, keepdims=True)

    def is_ongoing(square):
        return ops.sqrt(square) > RESIDUAL * ops.sqrt(squares)

    def unfinished(step, solution, residual, direction, square):
        return ops.logical_and(step < STEPS, ops.any(is_ongoing(square)))

    def improved(step, solution, residual, direction, square):
        image = direction + ops.matmul(
            ops.transpose(spread, (0, 2, 1)), ops.matmul(spread, direction)
        )
        along = ops.sum(direction * image, axis=1, keepdims=True)
        # A finished image does not change, so that no image depends on others.
        ongoing = ops.cast(is_ongoing(square), spread.dtype)
        length = ongoing * square / _positive(along)
        solution = solution + length * direction
        residual = residual - length * image
        next_square = ops.sum(ops.square(residual), axis=1, keepdims=True)
        ratio = ongoing * next_square / _positive(square)
        return step + 1, solution, residual, residual + ratio * direction, next_square

    start = (0, ops.zeros_like(target), target, target, squares)
    _, solution, _, _, _ = ops.while_loop(unfinished, improved, start)
    return ops.sum(target * solution, axis=1)


def _positive(divisor):
    """Returns a nonnegative divisor with 0 replaced by 1."""
    return ops.where(divisor > 0, divisor, 1)
