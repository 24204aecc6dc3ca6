"""Training on large batches of a loss that is a mean over rows."""

import keras
from keras import ops

from tfiqa.trainers.alternating import AlternatingModel
from tfiqa.trainers.parts import mean_in_parts


class GradientAccumulation(AlternatingModel):
    """Trains a network with the gradient of the whole batch, added up over parts.

    Compile it with an optimizer and a loss, as the network itself. Each step of the
    optimizer sees one batch, of which only a part takes memory at a time; see
    `trainers.parts`.

    Args:
        network: Model from `(n, ...)` to `(n, d)`; it shares the weights.
        micro_batch: Number of rows in a part, which divides those of a batch on one
            device; `None` for all.

    Trains on pairs of inputs and targets `(n, d)`.
    """

    def __init__(self, network: keras.Model, micro_batch: int | None, **kwargs):
        super().__init__(**kwargs)
        self.network = network
        self.micro_batch = micro_batch
        self.tracker = keras.metrics.Mean("loss")
        self.built = True  # Its network comes built.

    def compile(self, optimizer, loss):
        """Sets the optimizer, and a loss of rows such as `"mean_absolute_error"`."""
        self.row_losses = keras.losses.get(loss)
        super().compile(optimizer)
        self.optimizer.build(self.network.trainable_variables)

    @property
    def metrics(self):
        """The mean loss over an epoch."""
        return [self.tracker]

    def call(self, rows, training=False):
        return self.network(rows, training=training)

    def step(self, data):
        rows, targets = data

        def mean_loss(rows, targets):
            predictions = self.network(rows, training=True)
            return ops.mean(self.row_losses(targets, predictions))

        def loss():
            mean = mean_in_parts(
                mean_loss,
                (rows, targets),
                networks=[self.network],
                micro_batch=self.micro_batch,
            )
            return mean, None

        value, _ = self.minimize(loss, self.network.trainable_variables)
        self.tracker.update_state(value, sample_weight=ops.shape(rows)[0])
