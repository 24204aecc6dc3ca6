"""The 18 statistics of normalized luminance in a block (Mittal et al., SPL 2013)."""

import keras
import numpy as np
from keras import ops

from tfiqa.layers import aggd


def blocks_of(planes, size):
    """Returns the blocks of planes, plane by plane and row by row.

    Args:
        planes: `(n, rows * size, columns * size)`.
        size: Side of a block.

    Returns:
        `(n * rows * columns, size, size)`.
    """
    _, height, width = ops.shape(planes)
    cut = ops.reshape(planes, (-1, height // size, size, width // size, size))
    return ops.reshape(ops.transpose(cut, (0, 1, 3, 2, 4)), (-1, size, size))


def masked_images(features, images):
    """Returns the features of blocks, replaced by NaN if their image holds a NaN.

    Args:
        features: `(batch, rows, columns, d)`.
        images: `(batch, height, width, channels)`, any numeric dtype.
    """
    if not keras.backend.is_float_dtype(images.dtype):
        return features
    masked = ops.any(ops.isnan(images), axis=(1, 2, 3), keepdims=True)
    return ops.where(masked, float("nan"), features)


def natural_statistics(blocks):
    """Returns the statistics of normalized luminance and of products of neighbors.

    Neighbors wrap around within their block.

    Args:
        blocks: `(n, size, size)` of normalized luminance.

    Returns:
        `(n, 18)`: shape and mean scale of the values, then shape, mean, left and right
        scale of their products with the left, upper, upper left and upper right
        neighbors.
    """
    size = blocks.shape[-1]
    # Wrapped around by one row above and one column on either side. Zeros outside of
    # the block do not change the moments.
    wrapped = ops.concatenate([blocks[:, -1:], blocks], axis=1)
    wrapped = ops.concatenate([wrapped[:, :, -1:], wrapped, wrapped[:, :, :1]], axis=2)
    inside = np.zeros((size + 1, size + 2))
    inside[1:, 1:-1] = 1
    own = wrapped * ops.convert_to_tensor(inside, blocks.dtype)
    stacked = neighbor_moments(own, wrapped)
    fitted = aggd.fit(stacked, size * size)
    alone = [fitted.alpha[:, :1], (fitted.left + fitted.right)[:, :1] / 2]
    each = [fitted.alpha, fitted.mean, fitted.left, fitted.right]
    products = ops.stack([part[:, 1:] for part in each], axis=2)
    return ops.concatenate([*alone, ops.reshape(products, (-1, 16))], axis=1)


def neighbor_moments(own, around):
    """Returns moments of values and of their products with neighbors, `(n, 5)` each.

    The samples are the values and their products with the left, upper, upper left and
    upper right neighbors.

    Args:
        own: `(n, rows + 1, columns + 2)`, 0 in the first row and in both outer columns.
        around: The same values with their neighbors in that row and those columns.

    Returns:
        `aggd.Moments`.
    """
    shape = ops.shape(own)
    width, cells = shape[2], shape[1] * shape[2]
    # In the flat block a neighbor is a fixed step away.
    first = width + 1
    around = ops.reshape(around, (-1, cells))
    own = ops.reshape(own, (-1, cells))[:, first : cells - 1]
    sums = [aggd.moments(own, axis=1)]
    for step in (1, width, width + 1, width - 1):
        neighbors = around[:, first - step : cells - 1 - step]
        sums.append(aggd.moments(own * neighbors, axis=1))
    return aggd.Moments(*(ops.stack(s, axis=1) for s in zip(*sums, strict=True)))
