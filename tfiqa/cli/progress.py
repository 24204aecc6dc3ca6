"""Progress of a command on standard error, between whatever else it says there."""

import sys
import time


class Progress:
    """Counts pictures in one line that is written over, on terminals only.

    Args:
        total: How many there will be.
        on: Whether to count at all; off where standard error is no terminal.
    """

    def __init__(self, total: int, *, on: bool = True):
        self.total = total
        self.start = time.monotonic()
        self.on = on and sys.stderr.isatty()

    def show(self, done: int) -> None:
        """Shows how many are done."""
        if self.on:
            rate = done / max(time.monotonic() - self.start, 1e-9)
            end = "\n" if done == self.total else ""
            text = f"\r{done} of {self.total} pictures, {rate:.1f} a second\x1b[K"
            print(text, end=end, file=sys.stderr, flush=True)

    def tell(self, line: str) -> None:
        """Writes a line of its own."""
        print(f"\r\x1b[K{line}" if self.on else line, file=sys.stderr, flush=True)
