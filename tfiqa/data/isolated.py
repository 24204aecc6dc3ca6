"""Decoding in child processes, which may crash, hang or run out of memory."""

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
    """Limits on the decoding of one image.

    Attributes:
        seconds: Wall-clock time.
        memory: Memory in bytes, besides the file itself; enforced on Linux.
    """

    seconds: float = 60.0
    memory: int = 2 << 30


class IsolatedDecoder:
    """Decodes each image in a child process, as `decode_with_notes` does in this one.

    If a child crashes or exceeds its limits, it ends; its image raises `DecodeError`,
    and another child decodes the next one. Children end with this process, or when the
    context ends.

    Args:
        limits: Limits for each image.
        program: Python code that a child runs, with `{memory}` for the limit.
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
        """Ends all idle children."""
        while not self._idle.empty():
            _end(self._idle.get())

    def decode(self, encoded: bytes, decoding: Decoding | None = None) -> Decoded:
        """Returns the pixels of an image, and notes.

        Raises:
            DecodeError: As `decode_with_notes`, or if the child fails.
        """
        facts, block = self._call(request_of("decode", decoding), encoded)
        height, width = _size_of(facts, len(block))
        pixels = np.frombuffer(block, np.uint8).reshape(height, width, 3)
        return Decoded(pixels, tuple(map(str, facts.get("notes", ()))))

    def declared_size(self, encoded: bytes) -> tuple[int, int]:
        """Returns (height, width) from the header.

        Raises:
            DecodeError: As `decode.declared_size`, or if the child fails.
        """
        facts, _ = self._call(request_of("size", None), encoded)
        return _size_of(facts, None)

    def _call(self, request: dict, encoded: bytes) -> tuple[dict, bytearray]:
        child = self._child()
        timed_out = threading.Event()

        def end() -> None:
            timed_out.set()
            child.kill()

        timer = threading.Timer(self.limits.seconds, end)
        timer.start()
        try:
            assert child.stdin is not None
            assert child.stdout is not None
            frames.write(child.stdin, request, encoded)
            facts, block = frames.read(child.stdout, max_bytes=3 * MAX_PIXELS)
        except (EOFError, OSError, ValueError) as error:
            timer.cancel()
            raise DecodeError("undecodable", self._reason(child, timed_out)) from error
        except BaseException:
            _end(child)
            raise
        finally:
            timer.cancel()
        if timed_out.is_set():  # The answer arrived, but the child was killed.
            _end(child)
        else:
            self._idle.put(child)
        if "status" in facts:
            raise DecodeError(str(facts["status"]), str(facts.get("reason", "")))
        return facts, block

    def _reason(
        self, child: subprocess.Popen[bytes], timed_out: threading.Event
    ) -> str:
        if timed_out.is_set():
            _end(child)
            return f"decoding took more than {self.limits.seconds:g} seconds"
        code = _end(child)
        return f"the decoding process ended with {_name(code)}"

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
    raise DecodeError("undecodable", "the decoding process returned no image")


def _end(child: subprocess.Popen[bytes]) -> int:
    """Ends a child; returns its exit status, negative for a signal."""
    for stream in (child.stdin, child.stdout):
        if stream is not None:
            try:
                stream.close()
            except OSError:  # Unwritten data.
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
