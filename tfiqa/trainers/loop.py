"""A training loop for several machines, on which Keras' `fit` fails.

Under `MultiWorkerMirroredStrategy` the logs of a step arrive as one value for each
replica, which Keras 3.15 cannot read. The step itself is that of Keras.
"""

import keras

from tfiqa.trainers.run import Run
from tfiqa.trainers.step_times import StepClock


def fit(
    model: keras.Model,
    batches,
    *,
    epochs: int,
    initial_epoch: int,
    steps_per_epoch: int,
    callbacks,
    clock: StepClock,
    run: Run,
) -> None:
    """Trains as `keras.Model.fit` with these arguments would on one device.

    Args:
        model: Compiled within `run.scope()`.
        batches: `tf.data.Dataset` of the batches of all workers together, the same on
            each worker; each takes its own share. Or of the share of this worker, with
            the option not to divide it (`AutoShardPolicy.OFF`).
        epochs: See `keras.Model.fit`.
        initial_epoch: See `keras.Model.fit`.
        steps_per_epoch: See `keras.Model.fit`.
        callbacks: See `keras.Model.fit`.
        clock: Times the steps.
        run: The run that provides the strategy.
    """
    import tensorflow as tf  # Only TensorFlow has strategies.

    calls = keras.callbacks.CallbackList(
        callbacks, model=model, epochs=epochs, steps=steps_per_epoch
    )

    @tf.function
    def losses_of(batch):
        losses = run.strategy.run(_step_loss, args=(model, batch))
        return run.strategy.reduce(tf.distribute.ReduceOp.MEAN, losses, axis=None)

    # The mean over the epoch so far.
    step = clock.timed(lambda batches: float(losses_of(next(batches))))
    iterator = iter(_distributed(batches, run))
    model.stop_training = False
    calls.on_train_begin()
    for epoch in range(initial_epoch, epochs):
        calls.on_epoch_begin(epoch)
        model.reset_metrics()
        logs = {}
        for number in range(steps_per_epoch):
            calls.on_train_batch_begin(number)
            logs = {"loss": step(iterator)}
            calls.on_train_batch_end(number, logs)
        calls.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    calls.on_train_end()


def _distributed(batches, run: Run):
    """Returns the batches of this worker, divided between its devices."""
    import tensorflow as tf

    divides = tf.data.experimental.AutoShardPolicy
    if batches.options().experimental_distribute.auto_shard_policy != divides.OFF:
        return run.strategy.experimental_distribute_dataset(batches)

    def of_worker(context):
        devices = context.num_replicas_in_sync // context.num_input_pipelines
        if devices == 1:
            return batches
        rows = tf.nest.flatten(batches.element_spec)[0].shape[0]
        return batches.rebatch(rows // devices, drop_remainder=True)

    return run.strategy.distribute_datasets_from_function(of_worker)


def _step_loss(model, batch):
    return model.train_step(batch)["loss"]
