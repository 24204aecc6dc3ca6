"""Differently distorted versions of one scene, for contrast among them."""

from collections.abc import Mapping

import tensorflow as tf

from tfiqa import distortions
from tfiqa.distortions import LEVELS

TYPES = ("one", "any")


def versions(
    scene: tf.Tensor,
    key: tf.Tensor,
    *,
    count: int = 4,
    types: str = "one",
    bank: Mapping[str, distortions.Distortion] = distortions.DISTORTIONS,
) -> tf.Tensor:
    """Returns a scene and `count - 1` distorted versions of it.

    Args:
        scene: uint8 `(height, width, 3)`; at least 48 pixels on each side.
        key: int32 `(2,)`; equal keys give equal versions.
        count: How many, the scene among them.
        types: `"one"` draws one type for the scene, and different levels of it, as
            KADIS-700k has them. `"any"` draws different classes, types and levels.
        bank: The types to choose from.

    Returns:
        uint8 `(count, height, width, 3)`, the scene first.

    Raises:
        ValueError: If there are not so many versions.
    """
    check_count(count, types, len(bank))
    numbers = tf.constant(sorted(row.number for row in bank.values()))
    keys = _split(key, count)
    draws = tf.random.stateless_uniform((2, LEVELS * len(bank)), keys[0])
    if types == "one":
        row = tf.argmax(draws[0, : len(bank)])
        chosen = tf.fill((count - 1,), numbers[row])
        levels = 1 + tf.argsort(draws[1, :LEVELS])[: count - 1]
    else:
        classes = tf.argsort(draws[0])[: count - 1]
        chosen, levels = tf.gather(numbers, classes // LEVELS), 1 + classes % LEVELS
    copies = tf.repeat(scene[None], count - 1, axis=0)
    changed = distortions.distort(copies, chosen, levels, keys[1:], bank=bank)
    changed = tf.floor(tf.clip_by_value(changed, 0, 255) + 0.5)
    return tf.concat([scene[None], tf.cast(changed, tf.uint8)], axis=0)


def max_count(types: str, bank_size: int = len(distortions.DISTORTIONS)) -> int:
    """Returns how many versions a scene has at most, itself among them."""
    return 1 + LEVELS * (1 if types == "one" else bank_size)


def check_count(
    count: int, types: str, bank_size: int = len(distortions.DISTORTIONS)
) -> None:
    """Raises an error unless a scene has `count` versions, itself among them."""
    if types not in TYPES:
        raise ValueError(f"`types` must be one of {TYPES}. Received: types={types!r}")
    most = max_count(types, bank_size)
    if not 2 <= count <= most:
        raise ValueError(
            f"From 2 to {most} versions of a scene are expected for types={types!r}. "
            f"Received: {count}"
        )


def _split(key: tf.Tensor, count: int) -> tf.Tensor:
    bounds = tf.int32.min, tf.int32.max
    return tf.random.stateless_uniform((count, 2), key, *bounds, tf.int32)
