"""Distances to pristine images in coordinates where those have unit covariance.

With `z = (x - mean) W` and `W W' = inverse(pristine covariance)`, the squared distance
of NIQE and of IL-NIQE, `d' pinv((pristine + own) / 2) d`, is `2 z' inverse(1 + own) z`,
with the image's own covariance in the same coordinates. This is well-conditioned, and
of full rank however few patches the image has.
"""

from keras import ops


def own_covariance(z, complete):
    """Returns the covariance of the patches of each image, normalized by n - 1.

    Args:
        z: `(batch, patches, d)`; patches that are not complete are ignored.
        complete: Boolean `(batch, patches)`.

    Returns:
        `(batch, d, d)`, zero if there are fewer than two complete patches.
    """
    weight = ops.cast(complete, z.dtype)[:, :, None]
    count = ops.sum(weight, axis=1, keepdims=True)
    z = ops.where(complete[:, :, None], z, ops.zeros_like(z))
    mean = ops.sum(z, axis=1, keepdims=True) / ops.maximum(count, 1.0)
    centered = (z - mean) * weight
    scatter = ops.matmul(ops.transpose(centered, (0, 2, 1)), centered)
    return scatter / ops.maximum(count - 1.0, 1.0)


def distances(z, covariance):
    """Returns the distances of `(batch, n, d)` to the pristine mean, `(batch, n)`.

    Rows with a NaN have the distance NaN.
    """
    complete = is_complete(z)
    vectors = ops.where(complete[:, :, None], z, ops.zeros_like(z))
    system = covariance + ops.eye(covariance.shape[-1], dtype=covariance.dtype)
    solved = ops.solve(system, ops.transpose(vectors, (0, 2, 1)))
    squares = 2.0 * ops.sum(vectors * ops.transpose(solved, (0, 2, 1)), axis=2)
    return ops.where(complete, ops.sqrt(ops.maximum(squares, 0.0)), float("nan"))


def is_complete(values):
    """Returns which rows hold no NaN, without the last axis."""
    return ops.logical_not(ops.any(ops.isnan(values), axis=-1))
