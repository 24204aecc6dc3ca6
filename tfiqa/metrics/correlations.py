"""Correlations over an epoch, as Keras metrics.

A mean of the correlations of batches is not the correlation of the epoch, so
predictions and scores are kept in two variables of `capacity` values until the epoch
ends. Within a compiled step `result` is 0, which progress bars show; Keras reads the
value of the epoch outside of the step, for the logs. Under `tf.distribute` the values
of all replicas are correlated together; create the metric within the scope of the
strategy, like any other.

Values that are not finite are neither dropped nor an error: the result is NaN. It is
also NaN for fewer than two values, and if all predictions or all scores are equal.
"""

from collections.abc import Callable
from typing import ClassVar

import keras
import numpy as np
from keras import ops

from tfiqa.metrics import agreement


class EpochCorrelation(keras.metrics.Metric):
    """A correlation of all predictions of an epoch with their scores.

    Args:
        capacity: Number of values of an epoch that can be kept, 2 to 16,777,216. Under
            `tf.distribute` each replica keeps its own share of them.
        name: Name in the logs; `None` for the class name in lower case.
        dtype: Dtype of the kept values; `None` for float32.
    """

    measure: ClassVar[Callable[..., float]]

    def __init__(self, capacity: int = 65536, name: str | None = None, dtype=None):
        super().__init__(name=name or type(self).__name__.lower(), dtype=dtype)
        # Counts are floating-point: not every collective operation adds integers.
        if not 2 <= capacity <= 1 << 24:
            raise ValueError(
                "`capacity` must be between 2 and 16,777,216. "
                f"Received: capacity={capacity}"
            )
        self.capacity = int(capacity)
        self.replicas = _replica_count()
        self.predictions = self.add_variable((capacity,), "zeros", name="predictions")
        self.scores = self.add_variable((capacity,), "zeros", name="scores")
        self.counts = self.add_variable((self.replicas,), "zeros", name="counts")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Keeps the predictions and scores of a batch, in any shapes of equal size.

        Raises:
            ValueError: If there is a `sample_weight`, which correlations do not
                support, or if the sizes are known and differ.
        """
        if sample_weight is not None:
            raise ValueError(
                f"`{type(self).__name__}` takes no `sample_weight`: name it in "
                "`metrics`, not in `weighted_metrics`. Received: a sample_weight"
            )
        scores = ops.reshape(ops.cast(y_true, self.dtype), (-1,))
        predictions = ops.reshape(ops.cast(y_pred, self.dtype), (-1,))
        sizes = (scores.shape[0], predictions.shape[0])
        if None not in sizes and sizes[0] != sizes[1]:
            raise ValueError(
                "`y_true` and `y_pred` of equal size are expected. "
                f"Received: {sizes[0]} and {sizes[1]} values"
            )
        self._keep(predictions, scores)

    def _keep(self, predictions, scores):
        """Writes the values of a batch, `(n,)` each, after those of this replica."""
        replica = _replica()
        share = self.capacity // self.replicas
        known = ops.cast(ops.take(self.counts, replica), "int32")
        count = ops.shape(scores)[0]
        # Surplus values overwrite the first ones; `result` raises the error.
        indices = share * replica + (known + ops.arange(count, dtype="int32")) % share
        indices = ops.expand_dims(indices, 1)
        for variable, values in (
            (self.predictions, predictions),
            (self.scores, scores),
        ):
            variable.assign(ops.scatter_update(variable, indices, values))
        total = ops.reshape(ops.cast(known + count, self.dtype), (1,))
        position = ops.reshape(replica, (1, 1))
        self.counts.assign(ops.scatter_update(self.counts, position, total))

    def result(self):
        """Returns the correlation of all values since `reset_state`.

        Raises:
            ValueError: If there were more values than `capacity`.
        """
        counts = ops.convert_to_tensor(self.counts)
        if _is_traced(counts):
            return ops.zeros((), self.dtype)
        counts = ops.convert_to_numpy(counts).astype(int)
        share = self.capacity // self.replicas
        if counts.max() > share:
            raise ValueError(
                f"`capacity` must be at least {counts.max() * self.replicas}, to keep "
                f"the {counts.sum()} values of an epoch on {len(counts)} replicas. "
                f"Received: capacity={self.capacity}"
            )
        kept = np.concatenate(
            [share * replica + np.arange(count) for replica, count in enumerate(counts)]
        )
        predictions, scores = (
            ops.convert_to_numpy(ops.convert_to_tensor(variable))[kept]
            for variable in (self.predictions, self.scores)
        )
        if len(kept) < 2 or not np.isfinite([predictions, scores]).all():
            return float("nan")
        return type(self).measure(predictions, scores)

    def get_config(self):
        return {**super().get_config(), "capacity": self.capacity}


@keras.saving.register_keras_serializable(package="tfiqa")
class SROCC(EpochCorrelation):
    """Spearman's rank correlation over an epoch, in `[-1, 1]`, 1 is best.

    Ties share their average rank. The result is NaN if a value is not finite or all
    values are equal.

    Args:
        capacity: Number of values of an epoch that can be kept; more raise an error.
        name: Name in the logs.
        dtype: Dtype of the kept values; `None` for float32.

    Example:
        >>> model.compile("adam", "mean_absolute_error", metrics=[SROCC()])
    """

    measure = staticmethod(agreement.srocc)


@keras.saving.register_keras_serializable(package="tfiqa")
class PLCC(EpochCorrelation):
    """Pearson's linear correlation over an epoch, in `[-1, 1]`, 1 is best.

    Measured on the raw predictions, without a fit. The result is NaN if a value is not
    finite or all values are equal.

    Args:
        capacity: Number of values of an epoch that can be kept; more raise an error.
        name: Name in the logs.
        dtype: Dtype of the kept values; `None` for float32.

    Example:
        >>> model.compile("adam", "mean_absolute_error", metrics=[PLCC()])
    """

    measure = staticmethod(agreement.plcc)


@keras.saving.register_keras_serializable(package="tfiqa")
class KROCC(EpochCorrelation):
    """Kendall's rank correlation tau-b over an epoch, in `[-1, 1]`, 1 is best.

    Corrects for ties. The result is NaN if a value is not finite or all values are
    equal.

    Args:
        capacity: Number of values of an epoch that can be kept; more raise an error.
        name: Name in the logs.
        dtype: Dtype of the kept values; `None` for float32.

    Example:
        >>> model.compile("adam", "mean_absolute_error", metrics=[KROCC()])
    """

    measure = staticmethod(agreement.krocc)


def _replica_count() -> int:
    """Returns how many replicas of a `tf.distribute.Strategy` share a batch here."""
    if keras.backend.backend() != "tensorflow":
        return 1
    import tensorflow as tf  # Only TensorFlow has strategies.

    return tf.distribute.get_strategy().num_replicas_in_sync


def _replica():
    """Returns the index of this replica, an int32 scalar."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf  # Only TensorFlow has strategies.

        context = tf.distribute.get_replica_context()
        if context is not None and context.num_replicas_in_sync > 1:
            return ops.cast(context.replica_id_in_sync_group, "int32")
    return ops.convert_to_tensor(0, "int32")


def _is_traced(tensor) -> bool:
    """Returns whether a tensor is symbolic, as within a compiled function."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf  # Not at the top: JAX needs none of it.

        return not tf.executing_eagerly()
    if keras.backend.backend() == "jax":
        from jax.core import Tracer

        return isinstance(tensor, Tracer)
    return False
