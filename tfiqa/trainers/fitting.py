"""`fit` that can be killed and resumed, on one device, several, or several machines."""

from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import keras

from tfiqa.trainers import loop
from tfiqa.trainers.run import Run
from tfiqa.trainers.state import TrainingState


def fit(
    model: keras.Model,
    batches: Callable[[int], Any],
    *,
    epochs: int,
    steps_per_epoch: int,
    run: Run,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    monitor: str | None = None,
) -> None:
    """Trains a compiled model, which has the weights of the best epoch afterwards.

    Args:
        model: Compiled within `run.scope()`.
        batches: From the number of the first epoch to the `tf.data.Dataset` of the
            batches of all epochs from there on, `steps_per_epoch` each. It must be a
            pure function, so that a resumed run sees what it would have seen.
        epochs: The number of the last epoch, counted from the start of the run.
        steps_per_epoch: Batches in each.
        run: Where to write, and whether to resume.
        callbacks: Called before the state is written; what they add to the log of an
            epoch is kept with it.
        monitor: The entry of the log that chooses the best epoch, higher is better.

    The state stays in the folder until `forget` is called, when what the training was
    for has been written.
    """
    if steps_per_epoch < 1:
        raise ValueError(
            "There is not one whole batch in an epoch: the pictures are fewer than "
            f"`batch_size`. Received: steps_per_epoch={steps_per_epoch}"
        )
    state = TrainingState(run.folder, monitor=monitor, writes=run.is_chief)
    first = state.restore(model) if run.resume else 0
    board = keras.callbacks.TensorBoard(run.folder / "tensorboard")
    last = [state, board] if run.is_chief else [state]
    if first < epochs:
        train = loop.fit if run.workers > 1 else _keras_fit
        train(
            model,
            batches(first),
            epochs=epochs,
            initial_epoch=first,
            steps_per_epoch=steps_per_epoch,
            callbacks=[*callbacks, *last],
            run=run,
        )
    state.restore_best(model)


def _keras_fit(model, batches, *, run, **options):
    # The batches come shuffled; Keras would warn that it cannot shuffle them.
    model.fit(batches, shuffle=False, verbose=run.verbose, **options)
