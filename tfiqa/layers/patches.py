"""Crops of images as pure index arithmetic, for images of any size.

Crops are square and lie on a regular grid whose outer crops touch the edges of the
image. An image smaller than a crop is extended by reflection about its border pixels.
Both are gathers of rows and columns, exact on every backend and in every export, and
they keep the dtype of the images.
"""

from keras import ops

from tfiqa.pixels.reflection import reflected


def grid_offsets(length, size, count):
    """Returns where `count` crops of `size` pixels begin, from edge to edge.

    Args:
        length: Side of the image, an integer or a scalar tensor.
        size: Side of a crop.
        count: Number of crops along this side; a single one is centered.

    Returns:
        int32 `(count,)`, rising from `0` to `max(length - size, 0)`.
    """
    spare = ops.maximum(ops.cast(length, "int32") - size, 0)
    gaps = ops.maximum(ops.cast(count, "int32") - 1, 1)
    steps = ops.arange(count, dtype="int32")
    offsets = (2 * steps * spare + gaps) // (2 * gaps)
    return ops.where(ops.equal(count, 1), spare // 2, offsets)


def covering_count(length, size):
    """Returns how many crops of `size` pixels cover every pixel of `length`."""
    return (length + size - 1) // size


def at_least(value, least):
    """Returns the larger of an integer, or a scalar tensor, and an integer."""
    return max(value, least) if isinstance(value, int) else ops.maximum(value, least)


def crop_grid(images, tops, lefts, size):
    """Returns the crops at every pair of `tops` and `lefts`.

    Args:
        images: `(batch, height, width, channels)` of any dtype.
        tops: int32 `(rows,)`, first row of each crop.
        lefts: int32 `(columns,)`, first column of each crop.
        size: Side of a crop in pixels, or its height and its width.

    Returns:
        `(batch * rows * columns, height, width, channels)`, image by image, row by
        row.
    """
    height, width = size if isinstance(size, tuple) else (size, size)
    shape = ops.shape(images)
    channels = images.shape[-1]
    rows = reflected(_windows(tops, height), shape[1], ops)
    columns = reflected(_windows(lefts, width), shape[2], ops)
    picked = ops.take(ops.take(images, rows, axis=1), columns, axis=2)
    blocks = ops.reshape(
        picked,
        (-1, ops.shape(tops)[0], height, ops.shape(lefts)[0], width * channels),
    )
    blocks = ops.transpose(blocks, (0, 1, 3, 2, 4))
    return ops.reshape(blocks, (-1, height, width, channels))


def _windows(offsets, size):
    steps = ops.arange(size, dtype="int32")
    return ops.reshape(ops.expand_dims(offsets, 1) + steps, (-1,))
