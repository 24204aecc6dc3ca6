"""Differently distorted versions of one scene, for contrastive training."""

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
        count: Number of versions, including the scene itself.
        types: `"one"` draws one type for the scene, at different levels, as in
            KADIS-700k. `"any"` draws different pairs of type and level.
        bank: The types to choose from.

    Returns:
        uint8 `(count, height, width, 3)`, the scene first.

    Raises:
        ValueError: If there are fewer different versions.
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
    """Returns the largest number of versions of a scene, including itself."""
    return 1 + LEVELS * (1 if types == "one" else bank_size)


def check_count(
    count: int, types: str, bank_size: int = len(distortions.DISTORTIONS)
) -> None:
    """Raises `ValueError` unless a scene has `count` versions, including itself."""
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
