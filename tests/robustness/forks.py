"""Runs commands in forks of a process that has imported what they need.

python -m tests.robustness.forks

Each line on standard input is a job in JSON: `module`, `arguments`, `folder` (to work
in), `log` (a file for what it prints), `seconds` (after which it is killed, or null)
and `step` (before which it is killed, or null). Each answer has its exit `status`,
negative for a signal, its `seconds`, and the number of its `steps`.

Seconds are of processor time, so that a kill comes at the same work on a busy machine.
A fork begins where imports have ended, so that all of its time is work. A step opens
a file to write, renames or removes one, or makes or removes a folder, in Python.
"""

import contextlib
import importlib
import json
import mmap
import os
import runpy
import signal
import sys
import time
import traceback
from typing import Any

# Nothing here may compute: threads of TensorFlow do not live on in forks.
_IMPORTED = (
    *("tensorflow", "keras", "tensorflow_datasets", "h5py", "matplotlib.figure"),
    *("tfiqa.methods", "tfiqa.models", "tfiqa.training", "tfiqa.evaluation.run"),
    *("tfiqa.scoring.run", "tfiqa.data.prepared", "tfiqa.export.saved_model_file"),
    *("tfiqa.export.tflite_file", "tfiqa.training.execution"),
)


def main() -> None:
    """Answers until standard input ends."""
    for name in _IMPORTED:
        importlib.import_module(name)
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)


def run(job: dict[str, Any]) -> dict[str, Any]:
    """Runs a job; returns the answer."""
    steps = mmap.mmap(-1, 8)  # Shared with the child.
    child = os.fork()
    if child == 0:
        _work(job, steps)
    with contextlib.suppress(OSError):  # Both do it, whoever comes first.
        os.setpgid(child, child)
    killed_at = float("inf") if job["seconds"] is None else job["seconds"]
    while True:
        done, status, usage = os.wait4(child, os.WNOHANG)
        if done:
            break
        if _processor_seconds(child) >= killed_at:
            os.killpg(child, signal.SIGKILL)
            killed_at = float("inf")
        time.sleep(0.002)
    seconds = usage.ru_utime + usage.ru_stime
    return {
        **{"status": os.waitstatus_to_exitcode(status), "seconds": seconds},
        "steps": int.from_bytes(steps[:], "little"),
    }


def _processor_seconds(process: int) -> float:
    """Returns the processor time of a running process, on Linux."""
    with open(f"/proc/{process}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def _count_steps(steps: mmap.mmap, last: int | None) -> None:
    """Counts steps from now on, and ends this process before one of them."""
    names = frozenset({"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link"})
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT

    def count(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if not flags & writing or str(path).startswith("/dev/"):
                return
        elif event not in names:
            return
        number = int.from_bytes(steps[:], "little") + 1
        if number == last:
            os.kill(os.getpid(), signal.SIGKILL)
        steps[:] = number.to_bytes(8, "little")

    sys.addaudithook(count)


def _work(job: dict[str, Any], steps: mmap.mmap) -> None:
    """Becomes the command."""
    try:
        with contextlib.suppress(OSError):
            os.setpgid(0, 0)
        os.chdir(job["folder"])
        log = os.open(job["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for number, file in ((0, os.open(os.devnull, os.O_RDONLY)), (1, log), (2, log)):
            os.dup2(file, number)
        _count_steps(steps, job["step"])
        sys.argv = [job["module"], *map(str, job["arguments"])]
        status: Any = 0
        try:
            runpy.run_module(job["module"], run_name="__main__", alter_sys=True)
        except SystemExit as error:
            status = error.code
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(status or 0))
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(99)


if __name__ == "__main__":
    main()
