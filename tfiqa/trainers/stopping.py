"""Stopping a training by SIGTERM, at the end of a step."""

import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path

import keras

from tfiqa.cli.command import Terminated


class StopRequest:
    """Whether the training was asked to stop.

    Attributes:
        made: Set by the first SIGTERM.
    """

    made = False


@contextlib.contextmanager
def stoppable(*, on: bool = True) -> Iterator[StopRequest]:
    """Yields a request that SIGTERM makes, which ends the block at the latest.

    A second SIGTERM ends it at once. Without `on`, nothing changes for SIGTERM.

    Raises:
        Terminated: If the request was made.
    """
    request = StopRequest()
    if not on:
        yield request
        return

    def ask(number, frame):
        if request.made:
            raise Terminated
        request.made = True

    try:
        previous = signal.signal(signal.SIGTERM, ask)
    except ValueError:  # Not in the main thread, which alone receives signals.
        yield request
        return
    try:
        yield request
    finally:
        signal.signal(signal.SIGTERM, previous)
    if request.made:
        raise Terminated


class Stopping(keras.callbacks.Callback):
    """Ends a training that was asked to stop, after its state was written.

    It follows the callback that writes the state.

    Args:
        request: The request.
        folder: Folder of the run, which the message names.
    """

    def __init__(self, request: StopRequest, folder: Path):
        super().__init__()
        self.request = request
        self.folder = folder
        self.epoch = 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        # After the last step, the end of the epoch follows.
        if self.request.made and batch + 1 < self.params["steps"]:
            self._stop("in the middle of")

    def on_epoch_end(self, epoch, logs=None):
        if self.request.made:
            self._stop("at the end of")

    def _stop(self, where: str) -> None:
        raise Terminated(
            f"stopped by SIGTERM {where} epoch {self.epoch + 1}; the state is saved in "
            f"{self.folder}: continue with --resume"
        )
