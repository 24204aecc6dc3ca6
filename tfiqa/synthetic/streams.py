"""Endless images for training, and their distorted versions, as `tf.data`."""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from tfiqa import distortions
from tfiqa.distortions import LEVELS
from tfiqa.distortions.unchanged import changing_levels
from tfiqa.synthetic.kinds import make_image

# CONTRIQUE: class 5 (type - 1) + (level - 1) of 25 types, and then the pristine one.
PRISTINE_CLASS = LEVELS * len(distortions.DISTORTIONS)


def stream(
    kind: str,
    size: int | tuple[int, int],
    seed: int = 0,
    *,
    shard: int = 0,
    shards: int = 1,
    start: int = 0,
    options: Mapping[str, Any] | None = None,
) -> tf.data.Dataset:
    """Returns an endless dataset of images in the order of their index.

    Args:
        kind: "dead_leaves", "textured_leaves" or "cel".
        size: Side in pixels, or rows and columns.
        seed: Seed of the series.
        shard: Index of this worker, from 0. It makes the images `shard`,
            `shard + shards`, ... and no other worker makes any of these.
        shards: Number of workers.
        start: Number of images of this worker to skip, to resume after them.
        options: Further keyword arguments of the generator of that kind.

    Returns:
        A dataset of uint8 `(rows, columns, 3)`.

    Raises:
        ValueError: If an argument is not as described; the message names it.
    """
    if not 0 <= shard < shards:
        raise ValueError(
            "A shard from 0 to shards - 1 is expected."
            f" Received: shard={shard}, shards={shards}"
        )
    if start < 0:
        raise ValueError(f"A start of at least 0 is expected. Received: start={start}")

    def make(index: Any) -> Any:
        return make_image(kind, int(index), size, seed=seed, options=options)

    first = shard + start * shards
    shape = make(first).shape  # Raises on wrong arguments.

    def traced(index: tf.Tensor) -> tf.Tensor:
        made = tf.numpy_function(make, [index], tf.uint8, stateful=False)
        return tf.ensure_shape(made, shape)

    indices = tf.data.Dataset.counter(first, shards)
    return indices.map(traced, num_parallel_calls=tf.data.AUTOTUNE)


def distorted(
    images: tf.data.Dataset,
    seed: int = 0,
    *,
    bank: Mapping[str, distortions.Distortion] = distortions.DISTORTIONS,
) -> tf.data.Dataset:
    """Returns images with one distortion each, for pre-training.

    Every class is equally likely: all types of the bank at the levels that change
    images, and the pristine image itself. What happens to the n-th image depends on
    `seed` and n alone, so shards need different seeds.

    Args:
        images: uint8 `(rows, columns, 3)`, on each side at least `min_side` pixels of
            all types: 48 for the default bank.
        seed: int32 seed of the series.
        bank: The types to choose from. All are traced before the first image, which
            takes a while for the default bank.

    Returns:
        `(image, type, level)`: uint8 `(rows, columns, 3)`, int32, int32. The type
        is the number of the distortion, from 1, and the level is 1 to 5; a pristine
        image has type 0 and level 0. See `labels` for the classes.

    Raises:
        ValueError: If the images are known to be smaller than a type allows.
    """
    _check_sides(images.element_spec, bank)
    # Types and levels of all classes; the last one is the pristine image.
    classes = tf.constant([*changing_levels(bank), (0, 0)])

    def version(index: tf.Tensor, pristine: tf.Tensor) -> tuple[tf.Tensor, ...]:
        key = tf.stack([tf.constant(seed, tf.int64), index])
        choice = tf.random.stateless_uniform(
            (), key, 0, classes.shape[0], tf.int32, alg="philox"
        )
        number, level = tf.unstack(classes[choice])
        changed = tf.cond(
            number > 0,
            lambda: _distort(pristine, number, level, tf.cast(key, tf.int32), bank),
            lambda: pristine,
        )
        return tf.ensure_shape(changed, pristine.shape), number, level

    return images.enumerate().map(version, num_parallel_calls=tf.data.AUTOTUNE)


def labels(types: tf.Tensor, levels: tf.Tensor) -> tf.Tensor:
    """Returns the classes of CONTRIQUE, int32, `0` to `125`.

    Args:
        types: int32, any shape; 0 for pristine images.
        levels: int32, the same shape.
    """
    classes = LEVELS * (types - 1) + levels - 1
    return tf.where(types > 0, classes, PRISTINE_CLASS)


def _check_sides(spec: Any, bank: Mapping[str, distortions.Distortion]) -> None:
    """Raises `ValueError` if images of a specification are known to be too small."""
    name, row = max(bank.items(), key=lambda item: item[1].min_side)
    sides = spec.shape[:2] if spec.shape.rank is not None else ()
    if any(side is not None and side < row.min_side for side in sides):
        raise ValueError(
            f"`images` must have at least {row.min_side} rows and columns for"
            f" {name!r}. Received: shape={spec.shape}"
        )


def _distort(
    pristine: tf.Tensor,
    number: tf.Tensor,
    level: tf.Tensor,
    key: tf.Tensor,
    bank: Mapping[str, distortions.Distortion],
) -> tf.Tensor:
    changed = distortions.distort(
        pristine[None], number[None], level[None], key[None], bank=bank
    )
    return tf.cast(tf.floor(tf.clip_by_value(changed[0], 0, 255) + 0.5), tf.uint8)
