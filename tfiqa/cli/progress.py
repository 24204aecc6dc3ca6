"""Progress of a command on standard error, between its other messages."""

import sys
from collections.abc import Iterable
from collections.abc import Iterator
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")


class Progress:
    """A progress bar that shows on terminals only; messages always show.

    Args:
        total: Number of images; `None` if unknown.
        on: Whether to show the bar. It shows only if standard error is a terminal.
        title: Text before the bar.

    Example:
        >>> progress = Progress(len(paths))
        >>> for done, path in enumerate(paths, 1):
        ...     if not path.endswith(".png"):
        ...         progress.message(f"{path} is skipped")
        ...     progress.show(done)
    """

    def __init__(self, total: int | None, *, on: bool = True, title: str = ""):
        self.total = total
        self.done = 0
        self.bar = tqdm(
            total=total,
            desc=title or None,
            unit=" images",
            file=sys.stderr,
            disable=not (on and is_terminal()),
        )

    def show(self, done: int) -> None:
        """Shows that `done` images are done; the bar ends with the last one."""
        self.bar.update(done - self.done)
        self.done = done
        if done == self.total:
            self.bar.close()

    def close(self) -> None:
        """Ends the bar, wherever it is."""
        self.bar.close()

    def message(self, line: str) -> None:
        """Writes a line above the bar."""
        say(line)


def with_progress(
    items: Iterable[T], *, total: int | None = None, title: str = "", on: bool = True
) -> Iterator[T]:
    """Yields the items and shows how many of them are done; see `Progress`."""
    progress = Progress(total, title=title, on=on)
    try:
        for done, item in enumerate(items, 1):
            yield item
            progress.show(done)
    finally:
        progress.bar.close()


def say(line: str) -> None:
    """Writes a line to standard error, above all bars."""
    tqdm.write(line, file=sys.stderr)
    sys.stderr.flush()


def is_terminal() -> bool:
    """Returns whether standard error is a terminal."""
    return sys.stderr.isatty()
