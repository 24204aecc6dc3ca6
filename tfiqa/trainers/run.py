"""A training run: its folder, seed and devices."""

import contextlib
import dataclasses
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras

from tfiqa.config import cuts
from tfiqa.config.cuts import Cut


@dataclasses.dataclass(frozen=True)
class Run:
    """What a method needs to know about its run.

    Attributes:
        folder: Existing folder of the run's files.
        seed: Seed of every random choice. Crops and order are pure functions of it, of
            the epoch and of the index of an image.
        resume: Whether to continue from the last state in `folder`.
        strategy: A `tf.distribute.Strategy`, or `None` for one device.
        keeps_last: Whether trainings end with the last epoch, not with the best one.
        mixed_precision: Whether networks that are trained compute in bfloat16 where
            possible. Losses, and all that is built outside of `scope`, do not.
        feeding_processes: Number of processes that make the batches of this worker; 1
            for this process alone.
        verbose: 0, 1 for a bar, 2 for lines.
        checkpoint_minutes: Minutes between states that are written within an epoch; 0
            for states at the ends of epochs only.
        profile: Whether to trace ten steps of each training.
        has_micro_batch: Whether the method has a field `micro_batch`, which error
            messages then name.
        augment_on: Where images are distorted and augmented: `"cpu"`, `"device"` or
            `"auto"`; see `trainers.augmented`.
        report: Results of the method by name, ready for JSON; stored with the outcome
            of the run.
    """

    folder: Path
    seed: int = 0
    resume: bool = False
    strategy: Any = None
    keeps_last: bool = False
    mixed_precision: bool = False
    augment_on: str = "auto"
    verbose: int = 1
    feeding_processes: int = 1
    checkpoint_minutes: float = 15.0
    profile: bool = False
    has_micro_batch: bool = False
    report: dict[str, Any] = dataclasses.field(default_factory=dict)

    @contextlib.contextmanager
    def scope(self) -> Iterator[None]:
        """The context in which models to train and their optimizers must be created."""
        with contextlib.ExitStack() as stack:
            if self.strategy:
                stack.enter_context(self.strategy.scope())
            if self.mixed_precision:
                stack.enter_context(_policy("mixed_bfloat16"))
            yield

    @property
    def replicas(self) -> int:
        """The number of devices that share a batch."""
        return self.strategy.num_replicas_in_sync if self.strategy else 1

    @property
    def workers(self) -> int:
        """The number of processes that train together."""
        extended = getattr(self.strategy, "extended", None)
        return getattr(extended, "_num_workers", 1) or 1

    @property
    def worker(self) -> int:
        """Which of the `workers` this process is; the chief is the first."""
        if self.workers == 1:
            return 0
        cluster = self.strategy.cluster_resolver
        has_chief = "chief" in cluster.cluster_spec().jobs
        return cluster.task_id + int(has_chief and cluster.task_type != "chief")

    @property
    def is_chief(self) -> bool:
        """Whether this process writes the run's files."""
        return not self.strategy or self.strategy.extended.should_checkpoint

    def say(self, line: str) -> None:
        """Prints a line about the training, unless `verbose` is 0 or it is empty."""
        if self.verbose and line:
            print(line, flush=True)

    def check_batch(self, batch_size: int, name: str = "batch_size") -> None:
        """Raises `ValueError` unless the replicas can share a batch evenly.

        Args:
            batch_size: Number of examples in a batch, over all replicas.
            name: Name of the field.
        """
        missing = -batch_size % self.replicas
        if missing:
            share = 100 * missing / batch_size
            raise ValueError(
                f"`{name}` is that of all replicas together and must be a multiple "
                f"of their number, {self.replicas}: the next one is "
                f"{name}={batch_size + missing}, {missing} more in each batch "
                f"({share:.1f} %), so slightly fewer steps in an epoch; learning rates "
                f"and all other settings stay. Received: {name}={batch_size}"
            )

    def cut(self, rows: int, micro_batch: int | None = None, **options: Any) -> Cut:
        """Returns how a batch is cut on each device; see `tfiqa.config.cuts.cut`."""
        return cuts.cut(rows, micro_batch, replicas=self.replicas, **options)


def float32_copy(build: Callable[[], keras.Model], trained: keras.Model) -> keras.Model:
    """Returns `trained` in single precision, rebuilt by `build`.

    A model built under a mixed precision policy keeps its half-precision layers, which
    no exporter can write; its weights are single precision in any case.
    """
    with _policy("float32"):
        copy = build()
    copy.set_weights(trained.get_weights())
    return copy


@contextlib.contextmanager
def _policy(name: str) -> Iterator[None]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
