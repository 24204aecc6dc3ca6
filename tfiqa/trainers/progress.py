"""What a person wants to see of a training: speed, waiting, memory, time left."""

import datetime
import time
from pathlib import Path
from typing import Any

import keras
from tqdm import tqdm

from tfiqa.trainers import device_memory
from tfiqa.trainers.step_times import StepClock
from tfiqa.trainers.step_times import StepTimes

# Seconds between lines within an epoch, between points on TensorBoard's curves, and
# between changes of the bar.
LINE_SECONDS = 300
POINT_SECONDS = 10
BAR_SECONDS = 0.5


class Progress(keras.callbacks.Callback):
    """Prints a line per epoch, and within long ones, or a bar; writes scalars.

    A line ends with images per second, the share of time in which the device waited for
    data, the most memory of the device that was in use (where the device tells it), and
    the time left. They are of the epoch so far, without the first step of the process,
    which compiles. TensorBoard gets the same under `progress/`, by step.

    Args:
        folder: Folder of TensorBoard's log; `None` to write none.
        images: Images in a step; `None` if not known.
        epochs: Number of epochs.
        steps: Steps of an epoch.
        verbose: 0 for nothing, 1 for a bar, 2 for lines.

    Attributes:
        clock: Times the steps.

    Use it in a `with` block, which closes the bar and the log.
    """

    def __init__(
        self,
        folder: Path | None,
        *,
        images: int | None,
        epochs: int,
        steps: int,
        verbose: int,
    ):
        super().__init__()
        self.images = images
        self.epochs = epochs
        self.steps = steps
        self.verbose = verbose
        self.clock = StepClock()
        self.first_step = 0
        self.epoch = 0
        self._folder = folder
        self._writer: Any = None
        self._bar: Any = None
        self._compiled = False
        self._times, self._all, self._recent = StepTimes(), StepTimes(), StepTimes()
        self._between = 0.0  # Seconds of the last end of an epoch.
        self._line = self._point = self._shown = self._ended = 0.0

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *error) -> None:
        self.close()

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch
        # A resumed epoch has fewer steps to go.
        self.first_step = self.steps - self.params["steps"]
        self._times, self._recent = StepTimes(), StepTimes()
        self._line = self._point = time.monotonic()
        if self.verbose == 1:
            self._bar = tqdm(
                total=self.steps,
                initial=self.first_step,
                desc=self._title(),
                unit=" steps",
            )
        self.clock.start()

    def on_train_batch_end(self, batch, logs=None):
        seconds, waited = self.clock.end()
        if self._compiled:
            for times in (self._times, self._all, self._recent):
                times.add(seconds, waited)
        self._compiled = True
        done = self.first_step + batch + 1
        now = time.monotonic()
        if self._bar is not None:
            if now - self._shown >= BAR_SECONDS:
                self._bar.set_postfix_str(self._text(logs, done), refresh=False)
                self._shown = now
            self._bar.update()
        if now - self._point >= POINT_SECONDS:
            self._write(done, self._recent)
            self._point, self._recent = now, StepTimes()
        if self.verbose == 2 and now - self._line >= LINE_SECONDS:
            self._line = now
            title = f"{self._title()}, step {done:,}/{self.steps:,}"
            print(f"{title}: {self._text(logs, done)}", flush=True)
        self._ended = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        self._between = time.monotonic() - self._ended
        text = self._text(logs, self.steps)
        self._write(self.steps, self._times)
        if self._bar is not None:
            self._bar.set_postfix_str(text)
            self._bar.close()
            self._bar = None
        if self.verbose == 2:
            print(f"{self._title()}: {text}", flush=True)

    def close(self) -> None:
        """Ends the bar and the log, however the training ended."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def figures(self, done: int, times: StepTimes) -> dict[str, float]:
        """Returns what is known after `done` steps of the epoch, by name."""
        if not times.steps:
            return {}
        found = {
            "steps_per_second": times.per_second(1),
            "waited_for_data": times.share_waited,
            "seconds_left": self._seconds_left(done),
        }
        if self.images is not None:
            found["images_per_second"] = times.per_second(self.images)
        memory = device_memory.most_used()
        if memory is not None:
            found["device_bytes"] = memory
        return found

    def _seconds_left(self, done: int) -> float:
        epochs = self.epochs - self.epoch - 1
        steps = self.steps - done + epochs * self.steps
        return steps * self._all.seconds / self._all.steps + epochs * self._between

    def _title(self) -> str:
        return f"Epoch {self.epoch + 1}/{self.epochs}"

    def _text(self, logs: dict[str, float] | None, done: int) -> str:
        metrics = ", ".join(
            f"{name} {value:.4f}" for name, value in (logs or {}).items()
        )
        figures = self.figures(done, self._times)
        return "; ".join(filter(None, [metrics, describe(figures)]))

    def _write(self, done: int, times: StepTimes) -> None:
        if self._folder is None:
            return
        import tensorflow as tf  # Also writes the scalars of trainings on JAX.

        if self._writer is None:
            self._writer = tf.summary.create_file_writer(str(self._folder))
        with self._writer.as_default(step=self.epoch * self.steps + done):
            for name, value in self.figures(done, times).items():
                tf.summary.scalar(f"progress/{name}", value)
        self._writer.flush()


def describe(figures: dict[str, float]) -> str:
    """Returns figures as text; an empty text if there are none.

    >>> describe({"images_per_second": 812.3, "waited_for_data": 0.031,
    ...           "seconds_left": 5023})
    '812 images/s, waited for data 3 %, 1:23:43 left'
    """
    if not figures:
        return ""
    if "images_per_second" in figures:
        parts = [f"{_rounded(figures['images_per_second'])} images/s"]
    else:
        parts = [f"{_rounded(figures['steps_per_second'])} steps/s"]
    parts.append(f"waited for data {figures['waited_for_data']:.0%}".replace("%", " %"))
    if "device_bytes" in figures:
        parts.append(f"device memory {figures['device_bytes'] / 1e9:,.1f} GB")
    left = datetime.timedelta(seconds=round(figures["seconds_left"]))
    return ", ".join([*parts, f"{left} left"])


def _rounded(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
