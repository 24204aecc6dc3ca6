"""Batches of rows of an array in memory, repeatable epoch by epoch."""

from collections.abc import Iterator

import numpy as np
import tensorflow as tf


def row_batches(
    rows: np.ndarray,
    labels: np.ndarray,
    *,
    batch_size: int,
    seed: int,
    epochs: range,
) -> tf.data.Dataset:
    """Returns the full batches of all `epochs`, one epoch after another.

    The order is a pure function of the seed and the epoch. The rows are not copied.

    Args:
        rows: float32 `(n, d)`.
        labels: `(n,)`.
        batch_size: Number of rows per batch.
        seed: Seed of the run.
        epochs: Indices of the epochs.

    Returns:
        Pairs of rows, float32 `(batch_size, d)`, and labels, float32 `(batch_size, 1)`.
    """
    steps = len(rows) // batch_size

    def batches() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for epoch in epochs:
            order = np.random.default_rng((seed, epoch)).permutation(len(rows))
            for step in range(steps):
                chosen = order[step * batch_size : (step + 1) * batch_size]
                yield rows[chosen], labels[chosen, None].astype(np.float32)

    signature = (
        tf.TensorSpec((batch_size, rows.shape[1]), tf.float32),
        tf.TensorSpec((batch_size, 1), tf.float32),
    )
    dataset = tf.data.Dataset.from_generator(batches, output_signature=signature)
    count = tf.data.experimental.assert_cardinality(steps * len(epochs))
    return dataset.apply(count).prefetch(2)
