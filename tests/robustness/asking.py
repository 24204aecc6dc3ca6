"""A process that answers lines with lines, and may crash or hang."""

import os
import selectors
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Died(RuntimeError):
    """The process ended or hung in place of an answer."""


class Worker:
    """A Python module in a process of its own, started when it is asked.

    Args:
        module: Answers each line on standard input with one on standard output.
        arguments: Of its command line.
    """

    def __init__(self, module: str, *arguments: object):
        self._command = [sys.executable, "-m", module, *map(str, arguments)]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *error) -> None:
        self.end()

    def ask(self, line: str, seconds: float) -> str:
        """Returns the answer to a line.

        Raises:
            Died: If there is none in time; the next question starts a new process.
        """
        process = self._process = self._process or self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(line.encode() + b"\n")
        process.stdin.flush()
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            in_time = selector.select(seconds)
        answer = process.stdout.readline() if in_time else b""
        if not answer:
            status = process.poll() if in_time else "a hang"
            self.end()
            raise Died(f"status {process.returncode if status is None else status}")
        return answer.decode()

    def end(self) -> None:
        """Ends the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        self._process = None

    def _started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._command,
            cwd=ROOT,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
