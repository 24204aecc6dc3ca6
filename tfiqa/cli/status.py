"""The exit statuses of all commands, and their order of precedence."""

import enum
from collections.abc import Iterable


class Status(enum.IntEnum):
    """The exit status of a command.

    | status | meaning |
    |---|---|
    | 70 `UNFORESEEN` | an internal error |
    | 2 `USAGE` | wrong flags or arguments; nothing was done |
    | 1 `NONE` | no item was scored, measured or written |
    | 3 `SOME` | some items were, some were not |
    | 4 `BELOW` | all were, and at least one is below a threshold |
    | 0 `OK` | all were |
    | 74 `OUTPUT` | the output cannot be written: for example, the disk is full |
    | 130 `INTERRUPTED` | Ctrl-C; finished work is kept where the command says so |
    | 141 `CLOSED_PIPE` | the reader of the output has stopped, as `head` does |
    | 143 `TERMINATED` | the system, or `kill`, ended the command |
    """

    OK = 0
    NONE = 1
    USAGE = 2
    SOME = 3
    BELOW = 4
    UNFORESEEN = 70
    OUTPUT = 74
    INTERRUPTED = 130
    CLOSED_PIPE = 141
    TERMINATED = 143


PRECEDENCE = (
    Status.TERMINATED,
    Status.INTERRUPTED,
    Status.CLOSED_PIPE,
    Status.UNFORESEEN,
    Status.OUTPUT,
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
    """Returns the status that takes precedence over the others; `OK` if empty."""
    return min(statuses, key=PRECEDENCE.index, default=Status.OK)
