"""How long steps take, and for how much of that the device waits for data."""

import contextlib
import dataclasses
import time
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import keras


@dataclasses.dataclass
class StepTimes:
    """The sum of the times of some steps.

    Attributes:
        steps: Number of steps.
        seconds: Their wall time, from the end of the step before.
        waited: Seconds of it in which the next batch was not there yet.
    """

    steps: int = 0
    seconds: float = 0.0
    waited: float = 0.0

    def add(self, seconds: float, waited: float) -> None:
        """Adds a step."""
        self.steps += 1
        self.seconds += seconds
        self.waited += waited

    @property
    def share_waited(self) -> float:
        """The share of time in which the device waited for data, 0 to 1."""
        return self.waited / self.seconds if self.seconds else 0.0

    def per_second(self, count: float) -> float:
        """Returns how many things are done in a second, `count` of them in a step."""
        return count * self.steps / self.seconds if self.seconds else 0.0


class StepClock:
    """Times steps, each of which ends before the next batch is taken."""

    def __init__(self):
        self._ended: float | None = None
        self._waited = 0.0

    def start(self) -> None:
        """Begins with the first step of an epoch."""
        self._ended, self._waited = time.perf_counter(), 0.0

    def end(self) -> tuple[float, float]:
        """Notes that a step has ended; returns its seconds, and those it waited."""
        now = time.perf_counter()
        seconds = now - (self._ended if self._ended is not None else now)
        waited, self._ended, self._waited = self._waited, now, 0.0
        return seconds, min(waited, seconds)

    def timed(self, train_function: Callable[..., Any]) -> Callable[..., Any]:
        """Returns Keras' train function with a timed input, its last argument."""

        def step(*state_and_iterator: Any) -> Any:
            *state, iterator = state_and_iterator  # TensorFlow has no state here.
            begin = time.perf_counter()
            batch = next(iterator)
            self._waited += time.perf_counter() - begin
            return train_function(*state, iter([batch]))

        return step


@contextlib.contextmanager
def timed_input(
    model: keras.Model, clock: StepClock, *, on: bool = True
) -> Iterator[None]:
    """Lets Keras' `fit` take batches outside of its train function, where it is timed.

    Args:
        model: A compiled model, whose step is final.
        clock: Times the steps.
        on: Whether to do so.
    """
    if not on:
        yield
        return
    # Also if a step was compiled before.
    model.make_train_function(force=True)
    model.train_function = clock.timed(model.train_function)
    try:
        yield
    finally:
        model.train_function = None
