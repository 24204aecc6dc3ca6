"""The exit statuses of all commands, in the order in which one outweighs another."""

import enum
from collections.abc import Iterable


class Status(enum.IntEnum):
    """What a command tells its caller.

    | status | meaning |
    |---|---|
    | 70 `UNFORESEEN` | a fault of the program |
    | 2 `USAGE` | wrong flags or arguments; nothing was done |
    | 1 `NONE` | no item was scored, measured or written |
    | 3 `SOME` | some items were, some were not |
    | 4 `BELOW` | all were, and at least one is below a threshold |
    | 0 `OK` | all were |
    """

    OK = 0
    NONE = 1
    USAGE = 2
    SOME = 3
    BELOW = 4
    UNFORESEEN = 70


PRECEDENCE = (
    Status.UNFORESEEN,
    Status.USAGE,
    Status.NONE,
    Status.SOME,
    Status.BELOW,
    Status.OK,
)


def of_counts(done: int, total: int) -> Status:
    """Returns the status of a batch: `done` of `total` items succeeded."""
    if not done:
        return Status.NONE
    return Status.OK if done == total else Status.SOME


def combined(statuses: Iterable[Status]) -> Status:
    """Returns the status that outweighs the others, `OK` if there is none."""
    return min(statuses, key=PRECEDENCE.index, default=Status.OK)
