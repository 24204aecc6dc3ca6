"""Differently distorted versions of one scene, for contrastive training.

No two versions have the same pixels by design: levels that leave every pixel as it is
are never drawn, since the scene itself is the first version.
"""

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from tfiqa import distortions
from tfiqa.distortions import LEVELS
from tfiqa.distortions.unchanged import leaves_unchanged

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
            KADIS-700k, among those with enough levels. `"any"` draws different pairs of
            type and level. Levels that equal the scene are left out of both.
        bank: The types to choose from.

    Returns:
        uint8 `(count, height, width, 3)`, the scene first.

    Raises:
        ValueError: If there are fewer different versions.
    """
    check_count(count, types, bank)
    rows = sorted(bank.values(), key=lambda row: row.number)
    numbers = tf.constant([row.number for row in rows])
    unchanged = _unchanged(rows)
    keys = _split(key, count)
    draws = tf.random.stateless_uniform((2, LEVELS * len(bank)), keys[0])
    if types == "one":
        # What is not to be drawn comes last.
        few = np.sum(~unchanged, axis=1) < count - 1
        row = tf.argmax(draws[0, : len(bank)] - few.astype(np.float32))
        chosen = tf.fill((count - 1,), numbers[row])
        last = tf.gather(unchanged.astype(np.float32), row)
        levels = 1 + tf.argsort(draws[1, :LEVELS] + last)[: count - 1]
    else:
        last = unchanged.reshape(-1).astype(np.float32)
        classes = tf.argsort(draws[0] + last)[: count - 1]
        chosen, levels = tf.gather(numbers, classes // LEVELS), 1 + classes % LEVELS
    copies = tf.repeat(scene[None], count - 1, axis=0)
    changed = distortions.distort(copies, chosen, levels, keys[1:], bank=bank)
    changed = tf.floor(tf.clip_by_value(changed, 0, 255) + 0.5)
    return tf.concat([scene[None], tf.cast(changed, tf.uint8)], axis=0)


def max_count(
    types: str, bank: Mapping[str, distortions.Distortion] = distortions.DISTORTIONS
) -> int:
    """Returns the largest number of versions of a scene, including itself."""
    changing = np.sum(~_unchanged(list(bank.values())), axis=1)
    return 1 + int(changing.max() if types == "one" else changing.sum())


def check_count(
    count: int,
    types: str,
    bank: Mapping[str, distortions.Distortion] = distortions.DISTORTIONS,
) -> None:
    """Raises `ValueError` unless a scene has `count` versions, including itself."""
    if types not in TYPES:
        raise ValueError(f"`types` must be one of {TYPES}. Received: types={types!r}")
    most = max_count(types, bank)
    if not 2 <= count <= most:
        raise ValueError(
            f"From 2 to {most} versions of a scene are expected for types={types!r}. "
            f"Received: {count}"
        )


def _unchanged(rows: list[distortions.Distortion]) -> np.ndarray:
    """Returns which levels of each type leave images unchanged, bool `(n, 5)`."""
    levels = range(1, LEVELS + 1)
    return np.array(
        [[leaves_unchanged(row, level) for level in levels] for row in rows]
    )


def _split(key: tf.Tensor, count: int) -> tf.Tensor:
    bounds = tf.int32.min, tf.int32.max
    return tf.random.stateless_uniform((count, 2), key, *bounds, tf.int32)
