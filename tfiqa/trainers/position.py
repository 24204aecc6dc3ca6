"""The next step of a training, and the names of the states before it."""

from pathlib import Path
from typing import NamedTuple


class Position(NamedTuple):
    """The next step of a training: the index of its epoch, and its index in that."""

    epoch: int
    step: int


def state_name(position: Position) -> str:
    """Returns the name of a state: its last epoch, or its epoch and the steps of it."""
    if position.step:
        return f"state-{position.epoch:04d}-step-{position.step:08d}"
    return f"state-{position.epoch - 1:04d}"


def position_of(path: Path) -> Position:
    """Returns the next step of a state by its name."""
    _, epoch, *steps = path.name.split("-")
    if steps:
        return Position(int(epoch), int(steps[-1]))
    return Position(int(epoch) + 1, 0)
