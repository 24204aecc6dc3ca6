"""Kills runs of `tfiqa.beam.score` with two processes at random moments of the work."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

COMMAND = (sys.executable, "-m", "tfiqa.beam.score")


def run(folder: Path, output: Path, *flags: str, workers: int = 2) -> int:
    """Runs the command to its end; returns the exit status."""
    return _started(folder, output, *flags, workers=workers).wait(timeout=600)


def killed(folder: Path, output: Path, *flags: str, share: float, shards: int) -> int:
    """Kills a run once this share of the shards is published; returns how many are.

    The moment within the time of one shard is random.
    """
    process = _started(folder, output, *flags, workers=2)
    wanted, published, since = share * shards, 0, time.monotonic()
    try:
        while published < int(wanted) and process.poll() is None:
            time.sleep(0.001)
            published = count(output)
        time.sleep((wanted % 1) * 0.05)
        if wanted < 1:  # Somewhere between the start and the first shard.
            time.sleep(max(0.0, random.uniform(0, 4) - (time.monotonic() - since)))
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return count(output)


def count(output: Path) -> int:
    """Returns how many manifests there are."""
    try:
        return sum(
            not name.startswith(".") for name in os.listdir(output / "manifests")
        )
    except FileNotFoundError:
        return 0


def _started(folder: Path, output: Path, *flags: str, workers: int) -> subprocess.Popen:
    arguments = [str(folder), f"--output={output}", f"--workers={workers}", *flags]
    return subprocess.Popen(
        [*COMMAND, *arguments], start_new_session=True, stderr=subprocess.DEVNULL
    )
