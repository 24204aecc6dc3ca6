"""The state of a training after each epoch, stored completely or not at all."""

import csv
import json
import math
import os
import shutil
from pathlib import Path

import keras
import numpy as np

from tfiqa.files import atomic


class TrainingState(keras.callbacks.Callback):
    """Writes after each epoch everything that a killed training needs to resume.

    `state-<epoch>/` in the run's folder holds the weights, the optimizer, the log of
    the epochs so far and the weights of the best one. It is written under a temporary
    name and renamed, and only then is the previous one removed. A training killed at
    any moment therefore resumes from its last completed epoch, with the same final
    result. `log.csv` follows the log.

    Args:
        folder: Folder of the run.
        monitor: Entry of the log that chooses the best epoch; higher is better. With
            `None`, the last epoch is the best.
        writes: Whether this process writes.
    """

    def __init__(self, folder: Path, *, monitor: str | None, writes: bool = True):
        super().__init__()
        self.folder = Path(folder)
        self.monitor = monitor
        self.writes = writes
        self.log: list[dict[str, float]] = []
        self.best_epoch = -1

    def restore(self, model: keras.Model) -> int:
        """Restores a compiled model after the last epoch; returns the next epoch."""
        newest = self._newest()
        if newest is None:
            return 0
        model.optimizer.build(model.trainable_variables)
        record = json.loads((newest / "log.json").read_text())
        self.log, self.best_epoch = record["log"], record["best_epoch"]
        _assign(model.weights, newest / "weights.npz")
        _assign(model.optimizer.variables, newest / "optimizer.npz")
        return len(self.log)

    def restore_best(self, model: keras.Model) -> int:
        """Restores the weights of the best epoch; returns its index."""
        newest = self._newest()
        if newest is not None:
            _assign(model.weights, newest / "best.npz")
        return self.best_epoch

    def on_epoch_end(self, epoch, logs=None):
        entry = {name: float(value) for name, value in (logs or {}).items()}
        self.log.append({"epoch": epoch, **entry})
        is_best = self._is_best()
        if is_best:
            self.best_epoch = epoch
        if self.writes:
            self._write(epoch, is_best=is_best)

    def _is_best(self) -> bool:
        if self.monitor is None or self.best_epoch < 0:
            return True
        now, best = self.log[-1][self.monitor], self.log[self.best_epoch][self.monitor]
        return math.isnan(best) or now > best

    def _write(self, epoch: int, *, is_best: bool) -> None:
        previous = self._newest()
        folder = self.folder / f"state-{epoch:04d}.tmp"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _save(self.model.weights, folder / "weights.npz")
        _save(self.model.optimizer.variables, folder / "optimizer.npz")
        best = folder if is_best or previous is None else previous
        source = best / ("weights.npz" if best is folder else "best.npz")
        os.link(source, folder / "best.npz")
        record = {"log": self.log, "best_epoch": self.best_epoch}
        (folder / "log.json").write_text(json.dumps(record))
        folder.rename(folder.with_suffix(""))
        if previous is not None:
            shutil.rmtree(previous)
        self._write_csv()

    def _write_csv(self) -> None:
        with (
            atomic.replacing(self.folder / "log.csv") as path,
            path.open("w", newline="") as file,
        ):
            writer = csv.DictWriter(file, fieldnames=list(self.log[-1]))
            writer.writeheader()
            writer.writerows(self.log)

    def _newest(self) -> Path | None:
        complete = [p for p in self.folder.glob("state-[0-9]*") if p.suffix != ".tmp"]
        return max(complete, default=None)


def delete_state(folder: Path) -> None:
    """Deletes the state of a run and of its parts, once the result is written."""
    for path in [*folder.glob("state-*"), *folder.glob("*/state-*")]:
        shutil.rmtree(path)


def _save(variables, path: Path) -> None:
    arrays = {str(i): keras.ops.convert_to_numpy(v) for i, v in enumerate(variables)}
    np.savez(path, **arrays)


def _assign(variables, path: Path) -> None:
    with np.load(path) as arrays:
        shapes = [tuple(arrays[str(i)].shape) for i in range(len(arrays.files))]
        if shapes != [tuple(variable.shape) for variable in variables]:
            raise ValueError(
                f"{path} belongs to another model: resume with the settings with which "
                "the run was started, or start over with --overwrite."
            )
        for index, variable in enumerate(variables):
            variable.assign(arrays[str(index)])
