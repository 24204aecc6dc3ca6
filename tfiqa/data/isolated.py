"""Decoding in child processes, which may crash, hang or ask for too much memory."""

import os
import queue
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tfiqa.data import frames
from tfiqa.data.decode import MAX_PIXELS
from tfiqa.data.decode import Decoded
from tfiqa.data.decode import DecodeError
from tfiqa.data.decode import Decoding
from tfiqa.data.isolated_worker import request_of

_PROGRAM = "from tfiqa.data.isolated_worker import serve; serve({memory})"
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Limits:
    """What decoding of one picture may take.

    Attributes:
        seconds: Of real time.
        memory: In bytes, besides the file itself; Linux keeps it.
    """

    seconds: float = 60.0
    memory: int = 2 << 30


class IsolatedDecoder:
    """Decodes each picture in a child process, as `decode_with_notes` does in this one.

    A child that crashes, or goes beyond its limits, ends; its picture raises
    `DecodeError`, and another child takes the next one. Children end with this process.
    A context that ends them.

    Args:
        limits: Of each picture.
        program: What a child runs, Python code with `{memory}` for the limit.
    """

    def __init__(self, limits: Limits | None = None, *, program: str = _PROGRAM):
        self.limits = limits or Limits()
        self._program = program.format(memory=self.limits.memory)
        self._idle: queue.SimpleQueue[subprocess.Popen[bytes]] = queue.SimpleQueue()

    def __enter__(self) -> "IsolatedDecoder":
        return self

    def __exit__(self, *error) -> None:
        self.close()

    def close(self) -> None:
        """Ends all children that do nothing."""
        while not self._idle.empty():
            _end(self._idle.get())

    def decode(self, encoded: bytes, how: Decoding | None = None) -> Decoded:
        """Returns the pixels of a picture, and notes.

        Raises:
            DecodeError: As `decode_with_notes`, and if the child ends.
        """
        facts, block = self._ask(request_of("decode", how), encoded)
        height, width = _size_of(facts, len(block))
        pixels = np.frombuffer(block, np.uint8).reshape(height, width, 3)
        return Decoded(pixels, tuple(map(str, facts.get("notes", ()))))

    def declared_size(self, encoded: bytes) -> tuple[int, int]:
        """Returns (height, width) by the header.

        Raises:
            DecodeError: As `decode.declared_size`, and if the child ends.
        """
        facts, _ = self._ask(request_of("size", None), encoded)
        return _size_of(facts, None)

    def _ask(self, request: dict, encoded: bytes) -> tuple[dict, bytearray]:
        child = self._child()
        over = threading.Event()

        def end() -> None:
            over.set()
            child.kill()

        timer = threading.Timer(self.limits.seconds, end)
        timer.start()
        try:
            assert child.stdin is not None
            assert child.stdout is not None
            frames.write(child.stdin, request, encoded)
            facts, block = frames.read(child.stdout, most=3 * MAX_PIXELS)
        except (EOFError, OSError, ValueError) as error:
            timer.cancel()
            raise DecodeError("undecodable", self._reason(child, over)) from error
        except BaseException:
            _end(child)
            raise
        finally:
            timer.cancel()
        if over.is_set():  # The answer was there, but the child is gone.
            _end(child)
        else:
            self._idle.put(child)
        if "status" in facts:
            raise DecodeError(str(facts["status"]), str(facts.get("reason", "")))
        return facts, block

    def _reason(self, child: subprocess.Popen[bytes], over: threading.Event) -> str:
        if over.is_set():
            _end(child)
            return f"decoding took more than {self.limits.seconds:g} seconds"
        code = _end(child)
        return f"the process that decodes ended with {_name(code)}"

    def _child(self) -> subprocess.Popen[bytes]:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        paths = [str(_ROOT), os.environ.get("PYTHONPATH", "")]
        return subprocess.Popen(
            [sys.executable, "-c", self._program],
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(filter(None, paths)),
                "OPENBLAS_NUM_THREADS": "1",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )


def _size_of(facts: dict[str, Any], length: int | None) -> tuple[int, int]:
    """Returns the size in an answer, which is not trusted."""
    sides = facts.get("height"), facts.get("width")
    height, width = (side if isinstance(side, int) else 0 for side in sides)
    if min(height, width) > 0 and length in (None, 3 * height * width):
        return height, width
    raise DecodeError("undecodable", "the process that decodes gave no picture")


def _end(child: subprocess.Popen[bytes]) -> int:
    """Ends a child; returns its exit status, negative for a signal."""
    for stream in (child.stdin, child.stdout):
        if stream is not None:
            try:
                stream.close()
            except OSError:  # What was not written yet.
                continue
    try:
        return child.wait(1.0)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()


def _name(code: int) -> str:
    if code >= 0:
        return f"status {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"
