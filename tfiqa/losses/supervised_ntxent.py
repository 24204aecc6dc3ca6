"""Supervised NT-Xent: a contrastive loss whose positives share a class."""

import keras
import numpy as np
from keras import ops

from tfiqa.losses.row_blocks import in_blocks

# Single precision represents all integers below this one.
_MOST = 1 << 24


@keras.saving.register_keras_serializable(package="tfiqa")
class SupervisedNTXent(keras.losses.Loss):
    """Pulls embeddings of one class together and pushes all others apart.

    With the cosine similarities `s` and the positives `P(i)` of row `i`, which are all
    other rows of its class, the loss of the row is

        log(sum_{m != i} exp(s_im / temperature)) - mean_{p in P(i)} s_ip / temperature

    A row without positives has the loss 0. Similarities are computed in blocks of rows,
    and again in the backward pass, whose formula is explicit: memory grows with the
    number of embeddings, not with its square. There is no second derivative.

    Args:
        temperature: Divides the similarities.
        block: Rows of similarities held at once.
        reduction: See `keras.losses.Loss`; by default the mean over rows.
        name: See `keras.losses.Loss`.

    Call arguments:
        y_true: Integer classes from 0 to 2^24 - 1, `(rows,)` or `(rows, 1)`. Other
            values raise an error in eager execution; in graphs they are not checked.
        y_pred: Embeddings, `(rows, d)`, of any length; computed in at least single
            precision.

    Reference:
        Madhusudana et al., "Image Quality Assessment using Contrastive Learning",
        IEEE TIP 2022, equations 2 to 5.
    """

    def __init__(
        self,
        temperature=0.1,
        block=128,
        reduction: str | None = "sum_over_batch_size",
        name="supervised_ntxent",
    ):
        # Classes are compared in this dtype, which must not be half precision.
        double = keras.config.floatx() == "float64"
        super().__init__(name, reduction, dtype="float64" if double else "float32")
        if temperature <= 0 or block < 1:
            raise ValueError(
                "`temperature` must be positive and `block` at least 1. "
                f"Received: temperature={temperature}, block={block}"
            )
        self.temperature = temperature
        self.block = block

    least = 0  # The smallest valid class.

    def call(self, y_true, y_pred):
        classes = self.classes_of(y_true)
        _check(classes, y_pred, least=self.least)
        losses = _row_losses(self.temperature, self.block, self.overlap)
        return losses(_units(y_pred), classes)

    def classes_of(self, y_true):
        """Returns the classes of the rows, `(rows, ...)`."""
        return ops.reshape(y_true, (-1,))

    @staticmethod
    def overlap(some, every):
        """Returns how much rows are positives of each other, from 0 to 1.

        Args:
            some: Classes of some rows, `(m, ...)`.
            every: Classes of all rows, `(n, ...)`.

        Returns:
            `(m, n)`.
        """
        return ops.equal(ops.expand_dims(some, 1), every)

    def get_config(self):
        config = super().get_config()
        config.pop("dtype", None)
        return {**config, "temperature": self.temperature, "block": self.block}


def _check(classes, embeddings, *, least):
    """Raises an error unless there are valid classes per row, as far as known."""
    classes_count, rows = classes.shape[0], embeddings.shape[0]
    if None not in (classes_count, rows) and classes_count != rows:
        raise ValueError(
            f"`y_true` must have one class for each of the {rows} rows of `y_pred`. "
            f"Received: y_true with {classes_count}"
        )
    try:
        values = np.asarray(classes, "float64")
    except (NotImplementedError, TypeError, ValueError):
        return  # In a graph, values are unknown.
    wrong = values[
        ~((values >= least) & (values < _MOST) & (values == np.floor(values)))
    ]
    if wrong.size:
        raise ValueError(
            f"`y_true` must be integers from {least} to {_MOST - 1}. "
            f"Received: y_true with {', '.join(f'{value:.9g}' for value in wrong[:3])}"
        )


def _row_losses(temperature, block, overlap):
    """Returns the function of unit vectors and classes to the loss of each row.

    `overlap` is that of the loss; it must not depend on the order of two rows.
    """

    def pairs(rows, units, classes):
        return _pairs(rows, units, classes, temperature, overlap)

    @ops.custom_gradient
    def losses(units, classes):
        def of_rows(rows):
            logits, is_self, shared = pairs(rows, units, classes)
            positives = ops.sum(shared, axis=1)
            drawn = ops.sum(shared * logits, axis=1)
            partition = ops.logsumexp(ops.where(is_self, -float("inf"), logits), axis=1)
            return ops.stack([partition, positives, drawn], axis=1)

        partition, positives, drawn = ops.unstack(
            in_blocks(of_rows, ops.shape(units)[0], block), num=3, axis=1
        )
        divisors = ops.where(positives > 0, positives, 1.0)
        row_losses = partition - drawn / divisors

        def gradient(*upstream, **named):
            (upstream,) = upstream or named.values()
            weights = ops.where(positives > 0, upstream, 0.0)
            shares = weights / divisors

            def of_rows(rows):
                logits, is_self, shared = pairs(rows, units, classes)
                # Row i holds the similarity of i and m, and row m holds it again.
                mine = _softmax(
                    logits, _column(partition, rows), _column(weights, rows)
                )
                gradients = mine + _softmax(logits, partition, weights)
                gradients = gradients - shared * (_column(shares, rows) + shares)
                gradients = ops.where(is_self, 0.0, gradients)
                return ops.matmul(gradients, units) / temperature

            blocks_of_gradients = in_blocks(of_rows, ops.shape(units)[0], block)
            return blocks_of_gradients, ops.zeros_like(classes)

        return ops.where(positives > 0, row_losses, 0.0), gradient

    return losses


def _pairs(rows, units, classes, temperature, overlap):
    """Returns the logits of some rows with all rows, and which pairs are special.

    All three are `(len(rows), n)`: logits, whether a pair is a row with itself, and
    how much it is positive.
    """
    logits = ops.matmul(ops.take(units, rows, axis=0), ops.transpose(units))
    is_self = ops.equal(
        ops.expand_dims(rows, 1), ops.arange(ops.shape(units)[0], dtype="int32")
    )
    shared = ops.cast(overlap(ops.take(classes, rows, axis=0), classes), units.dtype)
    return logits / temperature, is_self, ops.where(is_self, 0.0, shared)


def _softmax(logits, partition, weights):
    return ops.exp(ops.minimum(logits - partition, 0.0)) * weights


def _column(values, rows):
    return ops.expand_dims(ops.take(values, rows, axis=0), 1)


def _units(embeddings):
    squares = ops.sum(ops.square(embeddings), axis=-1, keepdims=True)
    return embeddings / ops.sqrt(ops.maximum(squares, 1e-24))
