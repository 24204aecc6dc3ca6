"""What helps if a training step does not fit into the memory of the device."""

import contextlib
import dataclasses
from collections.abc import Iterator

import keras

from tfiqa.trainers.run import Run


class TooLargeStep(ValueError):
    """A training step cannot fit into the memory of the device."""


@dataclasses.dataclass(frozen=True)
class Remedies:
    """The flags that a training can still set.

    Attributes:
        micro_batch: Whether the method cuts batches into parts.
        mixed_precision: Whether it computes in single precision so far.
    """

    micro_batch: bool
    mixed_precision: bool

    @classmethod
    def of(cls, model: keras.Model, run: Run) -> "Remedies":
        """Returns those of a training."""
        in_parts = run.has_micro_batch or hasattr(model, "micro_batch")
        return cls(in_parts, not run.mixed_precision)

    def __str__(self) -> str:
        flags = [
            *(["--micro_batch (fewer crops at once)"] if self.micro_batch else []),
            *(["--mixed_precision"] if self.mixed_precision else []),
        ]
        return f"Try {', '.join([*flags, 'a smaller batch'])} or smaller crops."


@contextlib.contextmanager
def explained(remedies: Remedies) -> Iterator[None]:
    """Raises `TooLargeStep`, with remedies, if the device runs out of memory."""
    try:
        yield
    except Exception as error:  # Backends have classes of their own.
        if not is_out_of_memory(error):
            raise
        reason = str(error).strip().splitlines()[0]
        raise TooLargeStep(
            f"A step does not fit into the memory of the device. {remedies} ({reason})"
        ) from error


def is_out_of_memory(error: Exception) -> bool:
    """Returns whether TensorFlow or JAX ran out of memory, not out of disk or files."""
    text = f"{type(error).__name__} {error}".lower()
    exhausted = "resource_exhausted" in text or "resourceexhausted" in text
    return exhausted and ("oom" in text or "memory" in text)
