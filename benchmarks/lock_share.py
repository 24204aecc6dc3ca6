"""The share of time in which other threads hold Python's lock: a thread that ticks.

A thread wants to wake up at every millisecond. To do so it needs Python's lock, and is
late if another thread holds it. It is also late if the system runs something else. How
often that is, a process of its own tells, which ticks at the same time and shares no
lock. If late are the share T of the thread's milliseconds and the share P of the
process's, the lock was held in the share (T - P) / (1 - P). Late is more than half a
millisecond; a lock that is held for less does not count.

python benchmarks/lock_share.py    # what it says of known shares
"""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

TICK = 0.001
LATE = 0.0005


class LockShare:
    """Measures the share of a `with` block.

    Attributes:
        share: The share of time in which others held the lock, 0 to 1.
        system: The share of time in which the system let ticks wait.

    >>> with LockShare() as lock:
    ...     sum(range(10_000_000))
    >>> lock.share  # Close to 1.
    """

    share = system = 0.0

    def __enter__(self) -> "LockShare":
        self._process = subprocess.Popen(
            [sys.executable, "-S", __file__, "--tick"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: Any) -> None:
        self._stopped.set()
        self._thread.join()
        printed, _ = self._process.communicate()  # Closes its input.
        self.system = float(printed)
        held = (self._late - self.system) / max(1 - self.system, 1e-9)
        self.share = min(max(held, 0.0), 1.0)

    def _run(self) -> None:
        self._late = tick(self._stopped.is_set)


def tick(stopped: Callable[[], bool]) -> float:
    """Returns the share of milliseconds that were late, until `stopped`."""
    due, late, total = time.perf_counter(), 0, 0
    while not stopped():
        due += TICK
        time.sleep(max(due - time.perf_counter(), 0))
        delay = max(time.perf_counter() - due, 0)
        # Milliseconds that passed while it waited were late, too.
        passed = 1 + int(delay / TICK)
        total += passed
        late += passed if delay > LATE else 0
        due += (passed - 1) * TICK
    return late / max(total, 1)


def main() -> None:
    """Prints the shares of threads that hold the lock for a known part of the time."""
    if "--tick" in sys.argv:
        closed = threading.Event()
        reader = threading.Thread(target=lambda: (sys.stdin.read(), closed.set()))
        reader.start()
        print(tick(closed.is_set))
        return
    import numpy as np  # Not for ticks alone.

    matrix = np.random.default_rng(0).normal(size=(600, 600))
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        with LockShare() as lock:
            _hold(share, 6.0)
        print(f"held {share:.2f}, measured {lock.share:.2f}, system {lock.system:.2f}")
    with LockShare() as lock:
        end = time.perf_counter() + 6
        while time.perf_counter() < end:
            _ = matrix @ matrix  # Without the lock.
    print(f"products of matrices: {lock.share:.2f}, system {lock.system:.2f}")


def _hold(share: float, seconds: float) -> None:
    """Holds the lock for a share of each 20 milliseconds."""
    end = time.perf_counter() + seconds
    while (now := time.perf_counter()) < end:
        while time.perf_counter() < now + 0.02 * share:
            pass
        time.sleep(0.02 * (1 - share))


if __name__ == "__main__":
    main()
