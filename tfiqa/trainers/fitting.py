"""A `fit` that can be killed and resumed, on one or more devices or machines."""

import contextlib
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

import keras

from tfiqa.trainers import augmented
from tfiqa.trainers import loop
from tfiqa.trainers import step_memory
from tfiqa.trainers.position import Position
from tfiqa.trainers.progress import Progress
from tfiqa.trainers.remedies import Remedies
from tfiqa.trainers.remedies import explained
from tfiqa.trainers.run import Run
from tfiqa.trainers.state import StateError
from tfiqa.trainers.state import TrainingState
from tfiqa.trainers.step_times import StepClock
from tfiqa.trainers.step_times import timed_input
from tfiqa.trainers.step_trace import StepTrace
from tfiqa.trainers.stopping import Stopping
from tfiqa.trainers.stopping import stoppable


def fit(
    model: keras.Model,
    batches: Callable[[Position], Any],
    *,
    epochs: int,
    steps_per_epoch: int,
    run: Run,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    monitor: str | None = None,
    images_per_step: int | None = None,
    augment: Callable[[Any], Any] | None = None,
) -> None:
    """Trains a compiled model, which ends with the weights of the best epoch.

    If `run.keeps_last`, it ends with those of the last.

    Args:
        model: Model compiled within `run.scope()`.
        batches: Function from the `Position` of the first step, its `epoch` and `step`,
            to a `tf.data.Dataset` of all batches from there on, `steps_per_epoch` per
            epoch. It must be a pure function, so that a resumed run sees the same
            batches.
        epochs: Number of epochs, counted from the start of the run.
        steps_per_epoch: Number of batches per epoch.
        run: The run that provides the folder and says whether to resume.
        callbacks: Called before the state is written; entries that they add to the log
            of an epoch are stored with it.
        monitor: Entry of the log that chooses the best epoch, higher is better.
        images_per_step: Number of images in a step, for the speed that is shown; by
            default the first dimension of a batch.
        augment: Function from an element of `batches` to the batch that a step takes,
            computed where the step is; see `trainers.augmented`. It is made of
            TensorFlow's operations.

    The state is written after each epoch, every `run.checkpoint_minutes` within one,
    and at SIGTERM. It stays in the folder until `delete_state` is called, after the
    results of the training are written. Before the first step, a line says what memory
    it takes.

    Raises:
        TooLargeStep: If a step does not fit into the memory of the device.
        Terminated: At SIGTERM, after the step or the epoch, when the state is written.
            Workers that train together are ended by the signal at once.
    """
    if steps_per_epoch < 1:
        raise ValueError(
            "There is not one full batch in an epoch: there are fewer images than "
            f"`batch_size`. Received: steps_per_epoch={steps_per_epoch}"
        )
    batches, augment = augmented.in_pipeline(batches, augment)
    with stoppable(on=run.workers == 1) as request:
        state = TrainingState(
            run.folder,
            monitor=None if run.keeps_last else monitor,
            writes=run.is_chief,
            minutes=run.checkpoint_minutes,
            request=request,
        )
        first = state.restore(model) if run.resume else Position(0, 0)
        if first.epoch < epochs:
            data = batches(first)
            progress = Progress(
                run.folder / "tensorboard" if run.is_chief else None,
                images=images_per_step or _rows(data),
                epochs=epochs,
                steps=steps_per_epoch,
                verbose=run.verbose if run.is_chief else 0,
            )
            with contextlib.ExitStack() as stack:
                calls = [*callbacks, state, stack.enter_context(progress)]
                if run.is_chief:
                    calls.append(
                        keras.callbacks.TensorBoard(run.folder / "tensorboard")
                    )
                if run.is_chief and run.profile:
                    trace = StepTrace(run.folder / "tensorboard", run.say)
                    calls.append(stack.enter_context(trace))
                calls.append(Stopping(request, run.folder))
                train = _Training(model, batches, augment, calls, progress.clock, run)
                train(data, _parts(first, epochs, steps_per_epoch))
        state.restore_best(model)


class _Part(NamedTuple):
    """Steps that one call of `fit` takes: what is left of an epoch, or whole epochs."""

    first: Position
    epochs: int
    steps: int


def _parts(first: Position, epochs: int, steps: int) -> list[_Part]:
    """Returns the calls from a position to the last of `epochs`."""
    if first.step >= steps:
        raise StateError(
            f"The state is that of longer epochs: of {first.step:,} steps, where "
            f"epochs have {steps:,}. Start the run again with --overwrite."
        )
    if not first.step:
        return [_Part(first, epochs, steps)]
    rest = _Part(first, first.epoch + 1, steps - first.step)
    if rest.epochs == epochs:
        return [rest]
    return [rest, _Part(Position(rest.epochs, 0), epochs, steps)]


def _rows(data: Any) -> int | None:
    """Returns the first dimension of a batch, or `None` if it is not known."""
    import tensorflow as tf  # The data is TensorFlow's.

    return tf.nest.flatten(data.element_spec)[0].shape[0]


class _Training(NamedTuple):
    """What all calls of `fit` share."""

    model: keras.Model
    batches: Callable[[Position], Any]
    augment: Callable[[Any], Any] | None
    callbacks: list[keras.callbacks.Callback]
    clock: StepClock
    run: Run

    def __call__(self, data: Any, parts: list[_Part]) -> None:
        """Takes the steps of all parts; `data` are the batches from the first step."""
        run, first = self.run, parts[0].first
        if first.step:
            run.say(f"resumed after step {first.step:,} of epoch {first.epoch + 1}")
        remedies = Remedies.of(self.model, run)
        with (
            explained(remedies),
            _checked_step(self.model, data, run, remedies, self.augment),
            augmented.augmented_steps(self.model, self.augment, run),
            timed_input(self.model, self.clock, on=run.workers == 1),
        ):
            for part in parts:
                if part.first != first:
                    data = self.batches(part.first)
                self._fit(data, part)
                if getattr(self.model, "stop_training", False):
                    break  # A callback ended the training.

    def _fit(self, data: Any, part: _Part) -> None:
        options = {
            "epochs": part.epochs,
            "initial_epoch": part.first.epoch,
            "steps_per_epoch": part.steps,
            "callbacks": self.callbacks,
        }
        if self.run.workers > 1:
            loop.fit(self.model, data, clock=self.clock, run=self.run, **options)
        else:
            # The batches come shuffled; Keras would warn that it cannot shuffle them.
            self.model.fit(data, shuffle=False, verbose=0, **options)


@contextlib.contextmanager
def _checked_step(
    model: keras.Model,
    batches: Any,
    run: Run,
    remedies: Remedies,
    augment: Callable[[Any], Any] | None,
) -> Iterator[None]:
    """Says what memory a step takes; refuses a step that cannot fit.

    The traced step is the one that `fit` then runs.
    """
    if run.strategy is not None or keras.backend.backend() != "tensorflow":
        yield
        return
    data = augmented.output_spec(augment, batches.element_spec)
    step = step_memory.traced(model)
    found = step_memory.estimate(model, data, step)
    if found is None:
        yield
        return
    run.say(f"memory of a step: {found}")
    step_memory.check(model, data, found, remedies)
    model.train_step = step
    try:
        yield
    finally:
        del model.train_step
