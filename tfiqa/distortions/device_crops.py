"""Crops of distorted images, made on the device of a training of what the CPU drew."""

import functools
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfiqa.distortions.grouped import Jobs
from tfiqa.distortions.grouped import Kinds
from tfiqa.distortions.grouped import distort_grouped
from tfiqa.distortions.scaled_crops import scaled_crops

LARGEST_PART = 64  # Images of which crops are held in float16 at once.


def distorted_crops(
    images: tf.Tensor,
    kinds: Any,
    keys: tf.Tensor,
    lines: tf.Tensor,
    crops: Any,
    *,
    of: Kinds,
    halving: str,
    together: int = 1,
) -> tf.Tensor:
    """Returns crops of the distorted versions of images.

    Args:
        images: uint8 `(batch, height, width, 3)` of a static shape.
        kinds: int32 `(batch, versions)`: what is done to an image; see `Kinds`.
        keys: int32 `(batch, versions, 2)`, the seeds of all random numbers.
        lines: int32 `(batch, versions, scales, crops, 2, size)`: the rows and columns
            of crops; see `scaled_crops`.
        crops: uint8 `(batch, versions, scales, crops, size, size, 3)`: those that are
            finished.
        of: The kinds.
        halving: Filter of the half scale; see `scaled_crops`.
        together: Number of images that a kernel takes at once.

    Returns:
        float16 of the shape of `crops`, integers.
    """
    (count, *shape), (_, versions) = crops.shape, kinds.shape
    part = _largest_part(count)

    def flat(rows: Any) -> tf.Tensor:
        return tf.reshape(rows, (part * versions, *rows.shape[2:]))

    def of_part(start: tf.Tensor) -> tf.Tensor:
        pictures, *rows = (
            tf.ensure_shape(tensor[start : start + part], (part, *tensor.shape[1:]))
            for tensor in (images, kinds, keys, lines, crops)
        )
        flat_kinds, flat_keys, flat_lines, flat_crops = map(flat, rows)
        sources = tf.repeat(tf.range(part), versions)
        result = distort_grouped(
            pictures,
            Jobs(sources, flat_kinds, flat_keys, (flat_lines,)),
            flat_crops,
            kinds=of,
            finish=_finish(halving),
            together=together,
        )
        return tf.reshape(result, (part, *shape))

    result = tf.map_fn(
        of_part,
        tf.range(0, count, part),
        fn_output_signature=tf.TensorSpec((part, *shape), tf.float16),
    )
    return tf.reshape(result, (count, *shape))


def by_turns(first: Any, second: tf.Tensor) -> tf.Tensor:
    """Returns the rows of both in turn, in the dtype of the first."""
    count, *shape = first.shape
    both = tf.stack([first, tf.cast(second, first.dtype)], axis=1)
    return tf.reshape(both, (2 * count, *shape))


def in_order(pairs: tf.Tensor, turned: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns first and second entries of pairs, exchanged where they are turned.

    Args:
        pairs: `(n, 2, ...)`.
        turned: bool `(n,)`.
    """
    first, second = tf.unstack(pairs, axis=1)
    mask = tf.reshape(turned, (-1, *[1] * (first.shape.rank - 1)))
    return tf.where(mask, second, first), tf.where(mask, first, second)


def pairs_by_scale(crops: Any) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the first and the second crops, uint8 `(n, side, side, 3)` each.

    They are ordered by image, by scale, and by version.

    Args:
        crops: `(batch, versions, scales, 2, side, side, 3)`, integers.
    """
    both = tf.transpose(crops, (3, 0, 2, 1, 4, 5, 6))
    first, second = tf.unstack(
        tf.cast(tf.reshape(both, (2, -1, *crops.shape[4:])), tf.uint8)
    )
    return first, second


def _largest_part(count: int) -> int:
    """Returns the largest divisor of a number up to `LARGEST_PART`."""
    return max(part for part in range(1, LARGEST_PART + 1) if count % part == 0)


@functools.cache
def _finish(halving: str) -> Callable[..., tf.Tensor]:
    def finish(images: tf.Tensor, lines: tf.Tensor) -> tf.Tensor:
        rows, columns = lines[:, :, :, 0], lines[:, :, :, 1]
        return scaled_crops(images, rows, columns, halving=halving)

    return finish
