"""A `fit` that can be killed and resumed, on one or more devices or machines."""

import contextlib
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

import keras

from tfiqa.trainers import augmented
from tfiqa.trainers import loop
from tfiqa.trainers import step_memory
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
    augment: Callable[[Any], Any] | None = None,
) -> None:
    """Trains a compiled model, which ends with the weights of the best epoch.

    If `run.keeps_last`, it ends with those of the last.

    Args:
        model: Model compiled within `run.scope()`.
        batches: Function from the index of the first epoch to a `tf.data.Dataset` of
            all batches from there on, `steps_per_epoch` per epoch. It must be a pure
            function, so that a resumed run sees the same batches.
        epochs: Number of epochs, counted from the start of the run.
        steps_per_epoch: Number of batches per epoch.
        run: The run that provides the folder and says whether to resume.
        callbacks: Called before the state is written; entries that they add to the log
            of an epoch are stored with it.
        monitor: Entry of the log that chooses the best epoch, higher is better.
        augment: Function from an element of `batches` to the batch that a step takes,
            computed where the step is; see `trainers.augmented`. It is made of
            TensorFlow's operations.

    The state stays in the folder until `delete_state` is called, after the results of
    the training are written. Before the first step, a line says what memory it takes.

    Raises:
        TooLargeStep: If that surely exceeds the memory of the device.
    """
    if steps_per_epoch < 1:
        raise ValueError(
            "There is not one full batch in an epoch: there are fewer images than "
            f"`batch_size`. Received: steps_per_epoch={steps_per_epoch}"
        )
    monitor = None if run.keeps_last else monitor
    state = TrainingState(run.folder, monitor=monitor, writes=run.is_chief)
    first = state.restore(model) if run.resume else 0
    board = keras.callbacks.TensorBoard(run.folder / "tensorboard")
    last = [state, board] if run.is_chief else [state]
    if first < epochs:
        train = _loop_fit if run.workers > 1 else _keras_fit
        data, augment = augmented.in_pipeline(batches(first), augment)
        train(
            model,
            data,
            epochs=epochs,
            initial_epoch=first,
            steps_per_epoch=steps_per_epoch,
            callbacks=[*callbacks, *last],
            run=run,
            augment=augment,
        )
    state.restore_best(model)


def _keras_fit(model, batches, *, run, augment, **options):
    with (
        _checked_step(model, batches, run, augment),
        augmented.augmented_steps(model, augment, run),
    ):
        # The batches come shuffled; Keras would warn that it cannot shuffle them.
        model.fit(batches, shuffle=False, verbose=run.verbose, **options)


def _loop_fit(model, batches, *, run, augment, **options):
    with augmented.augmented_steps(model, augment, run):
        loop.fit(model, batches, run=run, **options)


@contextlib.contextmanager
def _checked_step(
    model: keras.Model,
    batches: Any,
    run: Run,
    augment: Callable[[Any], Any] | None = None,
) -> Iterator[step_memory.StepMemory | None]:
    """Says what memory a step takes; refuses a step that cannot fit.

    The traced step is the one that `fit` then runs.
    """
    alone = run.strategy is None and keras.backend.backend() == "tensorflow"
    if not alone or not hasattr(batches, "element_spec"):
        yield None
        return
    data = augmented.output_spec(augment, batches.element_spec)
    step = step_memory.traced(model)
    found = step_memory.estimate(model, data, step)
    if found is None:
        yield None
        return
    run.say(f"memory of a step: {found}")
    step_memory.check(model, data, found)
    model.train_step = step
    try:
        yield found
    finally:
        del model.train_step
