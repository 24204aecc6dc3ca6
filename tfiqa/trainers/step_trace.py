"""A trace of ten steps, to see what a training spends its time on."""

from collections.abc import Callable
from pathlib import Path

import keras

WARM_UP = 5
STEPS = 10


class StepTrace(keras.callbacks.Callback):
    """Traces ten steps after five others, into TensorBoard's folder of a run.

    A training with fewer steps traces those that it has. Use it in a `with` block,
    which ends the trace.

    Args:
        folder: Folder of TensorBoard's log.
        say: Prints a line.
    """

    def __init__(self, folder: Path, say: Callable[[str], None]):
        super().__init__()
        self.folder = folder
        self.say = say
        self.seen = 0
        self.running = False

    def __enter__(self) -> "StepTrace":
        return self

    def __exit__(self, *error) -> None:
        self.close()

    def on_train_batch_begin(self, batch, logs=None):
        if self.seen == WARM_UP:
            self.folder.mkdir(parents=True, exist_ok=True)
            _start(str(self.folder))
            self.running = True

    def on_train_batch_end(self, batch, logs=None):
        self.seen += 1
        if self.running and self.seen == WARM_UP + STEPS:
            self.close()

    def close(self) -> None:
        """Ends the trace, if it is not ended."""
        if not self.running:
            return
        self.running = False
        _stop()
        self.say(
            f"profile: {self.seen - WARM_UP} steps are traced. To look at them: pip "
            f"install xprof; xprof server --logdir {self.folder}"
        )


def _start(folder: str) -> None:
    if keras.backend.backend() == "jax":
        import jax

        jax.profiler.start_trace(folder)
        return
    import tensorflow as tf  # Not at the top, since other backends do not need it.

    tf.profiler.experimental.start(folder)


def _stop() -> None:
    if keras.backend.backend() == "jax":
        import jax

        jax.profiler.stop_trace()
        return
    import tensorflow as tf  # See above.

    tf.profiler.experimental.stop()
