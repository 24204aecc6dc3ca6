"""The state of a training, stored completely or not at all."""

import csv
import json
import math
import os
import shutil
import time
from pathlib import Path

import keras

from tfiqa.files import atomic
from tfiqa.files import durable
from tfiqa.trainers.position import Position
from tfiqa.trainers.position import position_of
from tfiqa.trainers.position import state_name
from tfiqa.trainers.stopping import StopRequest
from tfiqa.trainers.stored_variables import StateError as StateError
from tfiqa.trainers.stored_variables import assign
from tfiqa.trainers.stored_variables import faults_of
from tfiqa.trainers.stored_variables import save


class TrainingState(keras.callbacks.Callback):
    """Writes everything that a killed training needs to resume at a step.

    `state-<epoch>/` in the run's folder holds the weights, the optimizer, the states of
    random numbers, the log of the epochs so far and the weights of the best one. States
    within an epoch, `state-<epoch>-step-<steps>/`, hold its metrics as well. A state is
    written under a temporary name and renamed, and only then are earlier ones removed.
    A training killed at any moment therefore resumes from its last state, with the same
    final result. `log.csv` follows the log.

    Args:
        folder: Folder of the run.
        monitor: Entry of the log that chooses the best epoch; higher is better. With
            `None`, the last epoch is the best.
        writes: Whether this process writes.
        minutes: Minutes between states within an epoch; 0 for none.
        request: A request to stop, at which a state within an epoch is written, too.
    """

    def __init__(
        self,
        folder: Path,
        *,
        monitor: str | None,
        writes: bool = True,
        minutes: float = 0,
        request: StopRequest | None = None,
    ):
        super().__init__()
        self.folder = Path(folder)
        self.monitor = monitor
        self.writes = writes
        self.minutes = minutes
        self.request = request or StopRequest()
        self.log: list[dict[str, float]] = []
        self.best_epoch = -1
        self.epoch = 0
        self.first_step = 0
        self._within: Path | None = None
        self._written = time.monotonic()

    def restore(self, model: keras.Model) -> Position:
        """Restores a compiled model; returns the next step.

        Raises:
            StateError: If the state is damaged, or that of another model.
        """
        newest = self._newest()
        if newest is None:
            return Position(0, 0)
        model.optimizer.build(model.trainable_variables)
        with faults_of(newest / "log.json"):
            record = json.loads((newest / "log.json").read_text())
            self.log, self.best_epoch = record["log"], record["best_epoch"]
            self.epoch, self.first_step = len(self.log), record.get("step", 0)
        self._assign_all(model, newest)
        # Other callbacks may change the optimizer when the epoch begins.
        self._within = newest if self.first_step else None
        return Position(self.epoch, self.first_step)

    def restore_best(self, model: keras.Model) -> int:
        """Restores the weights of the best epoch; returns its index.

        Raises:
            StateError: If the state is damaged, or that of another model.
        """
        newest = self._newest()
        if newest is not None and (newest / "best.npz").exists():
            assign(model.weights, newest / "best.npz")
        return self.best_epoch

    def on_train_begin(self, logs=None):
        self._written = time.monotonic()

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch
        if self._within is not None:
            self._assign_all(self.model, self._within)
            metrics = self.model.metrics_variables
            if metrics:  # Some are built in the first step only.
                assign(metrics, self._within / "metrics.npz")
            self._within = None

    def on_train_batch_end(self, batch, logs=None):
        if batch + 1 == self.params["steps"] or not self.writes:
            return
        seconds = time.monotonic() - self._written
        is_due = bool(self.minutes) and seconds >= 60 * self.minutes
        if is_due or self.request.made:
            self._write(Position(self.epoch, self.first_step + batch + 1))

    def on_epoch_end(self, epoch, logs=None):
        entry = {name: float(value) for name, value in (logs or {}).items()}
        self.log.append({"epoch": epoch, **entry})
        is_best = self._is_best()
        if is_best:
            self.best_epoch = epoch
        self.first_step = 0
        if self.writes:
            self._write(Position(epoch + 1, 0), is_best=is_best)
            self._write_csv()

    def _is_best(self) -> bool:
        if self.monitor is None or self.best_epoch < 0:
            return True
        now, best = self.log[-1][self.monitor], self.log[self.best_epoch][self.monitor]
        return math.isnan(best) or now > best

    def _write(self, position: Position, *, is_best: bool = False) -> None:
        previous = self._newest()
        folder = self.folder / f"{state_name(position)}.tmp"
        for left in self.folder.glob("state-[0-9]*.tmp"):
            shutil.rmtree(left)
        folder.mkdir(parents=True)
        model = self.model
        save(model.weights, folder / "weights.npz")
        save(model.optimizer.variables, folder / "optimizer.npz")
        save(_random_states(model), folder / "random.npz")
        if position.step:
            save(model.metrics_variables, folder / "metrics.npz")
        self._keep_best(folder, previous, is_best=is_best)
        record = {"log": self.log, "best_epoch": self.best_epoch, "step": position.step}
        (folder / "log.json").write_text(json.dumps(record))
        # The new state is on disk before the previous one is removed.
        durable.synchronize(folder)
        folder.rename(folder.with_suffix(""))
        durable.synchronize_names(self.folder)
        for path in self._complete():
            if path != folder.with_suffix(""):
                shutil.rmtree(path)
        self._written = time.monotonic()

    def _keep_best(self, folder: Path, previous: Path | None, *, is_best: bool) -> None:
        """Links the weights of the best epoch; if all are, only at the end of one."""
        if is_best:
            os.link(folder / "weights.npz", folder / "best.npz")
        elif self.monitor and previous and (previous / "best.npz").exists():
            os.link(previous / "best.npz", folder / "best.npz")

    def _assign_all(self, model: keras.Model, folder: Path) -> None:
        assign(model.weights, folder / "weights.npz")
        assign(model.optimizer.variables, folder / "optimizer.npz")
        if (folder / "random.npz").exists():  # Not in states of earlier versions.
            assign(_random_states(model), folder / "random.npz")

    def _write_csv(self) -> None:
        with (
            atomic.replacing(self.folder / "log.csv") as path,
            path.open("w", newline="") as file,
        ):
            writer = csv.DictWriter(file, fieldnames=list(self.log[-1]))
            writer.writeheader()
            writer.writerows(self.log)

    def _newest(self) -> Path | None:
        return max(self._complete(), key=position_of, default=None)

    def _complete(self) -> list[Path]:
        return [p for p in self.folder.glob("state-[0-9]*") if p.suffix != ".tmp"]


def delete_state(folder: Path) -> None:
    """Deletes the state of a run and of its parts, once the result is written."""
    for path in [*folder.glob("state-*"), *folder.glob("*/state-*")]:
        shutil.rmtree(path)


def _random_states(model: keras.Model) -> list[keras.Variable]:
    """Returns the variables that draw random numbers, as for dropout."""
    others = {id(v) for v in (*model.weights, *model.metrics_variables)}
    return [v for v in model.variables if id(v) not in others]
