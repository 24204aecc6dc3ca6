"""Order of training examples: pure functions of the seed, the epoch and the position.

Everything is computed one position at a time and inside graphs, so any number of epochs
is one graph, training starts anywhere, and workers share a batch before they decode.
"""

import dataclasses
from typing import Any
from typing import Protocol

import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class Part:
    """The batches of a training that a pipeline makes, and its rows of each.

    Attributes:
        worker: Which of the `workers` equal parts of each batch it makes, one row after
            another.
        workers: Number of processes that train together.
        feeder: It makes each `feeders`-th batch, beginning with this one.
        feeders: Number of processes that make the batches of a worker.
        skip: Number of batches at the start that are skipped, without reading them.
    """

    worker: int = 0
    workers: int = 1
    feeder: int = 0
    feeders: int = 1
    skip: int = 0

    def share(self, size: int) -> int:
        """Returns the number of rows of a batch of `size` that it makes.

        Raises:
            ValueError: If the workers cannot share the batch evenly.
        """
        if size % self.workers:
            raise ValueError(
                f"A batch that {self.workers} workers can share evenly is expected. "
                f"Received: {size} rows"
            )
        return size // self.workers

    def positions(self, epochs: range, *, steps: int, size: int) -> tf.data.Dataset:
        """Returns epoch and position in it, int64 each, of one row after another.

        Args:
            epochs: Consecutive indices of the epochs.
            steps: Number of batches in an epoch.
            size: Number of rows in a batch of all workers.
        """
        own, first = self.share(size), self.skip + self.feeder
        batches = max(-(-(len(epochs) * steps - first) // self.feeders), 0)

        def position(row: Any) -> tuple[Any, Any]:
            batch = first + row // own * self.feeders
            row_of_batch = row % own + self.worker * own
            return epochs.start + batch // steps, batch % steps * size + row_of_batch

        return tf.data.Dataset.range(batches * own).map(position)

    def of_batches(self, batches: tf.data.Dataset) -> tf.data.Dataset:
        """Returns its part of batches that all workers make completely.

        Args:
            batches: All batches; the first axis of every tensor is that of rows.
        """

        def rows(tensor: tf.Tensor) -> tf.Tensor:
            own = self.share(tensor.shape[0] or 0)
            return tensor[self.worker * own : (self.worker + 1) * own]

        own = batches.skip(self.skip).shard(self.feeders, self.feeder)
        return own.map(lambda *batch: tf.nest.map_structure(rows, batch))

    def marked(self, batches: tf.data.Dataset) -> tf.data.Dataset:
        """Returns the same batches; several workers then do not divide them again."""
        if self.workers == 1:
            return batches
        options = tf.data.Options()
        options.experimental_distribute.auto_shard_policy = (
            tf.data.experimental.AutoShardPolicy.OFF
        )
        return batches.with_options(options)


# All rows of all batches.
WHOLE = Part()


class _Worker(Protocol):
    @property
    def worker(self) -> int: ...

    @property
    def workers(self) -> int: ...


def of_worker(run: _Worker, *, skip: int = 0) -> Part:
    """Returns the part of this process of those that train together; see `Part`."""
    return Part(run.worker, run.workers, skip=skip)


def permuted(position: Any, count: int, seed: int, epoch: Any) -> tf.Tensor:
    """Returns the position of `position` in the shuffled order of an epoch, int64.

    The permutation of `count` positions is computed one position at a time, so even a
    million need no memory.

    Args:
        position: Integer scalar, below `count`.
        count: Number of positions.
        seed: Seed of the run, 0 or more.
        epoch: Index of the epoch, an integer or a scalar tensor.
    """
    halves = tf.constant([seed & 0xFFFFFFFF, seed >> 32], tf.uint32)
    index = tf.raw_ops.RandomIndexShuffle(
        index=position,
        seed=tf.concat([halves, tf.cast(epoch, tf.uint32)[None]], axis=0),
        max_index=tf.constant(count - 1, tf.int64),
        rounds=16,  # With few rounds, neighbors stay together.
    )
    return tf.ensure_shape(index, ())
