"""The child process that decodes images for another process, within limits."""

import dataclasses
import os
import signal
import sys
from typing import IO

from tfiqa.data import frames
from tfiqa.data.decode import DecodeError
from tfiqa.data.decode import Decoding
from tfiqa.data.decoders import LOCAL
from tfiqa.data.decoders import Decoder
from tfiqa.files.reading import MAX_BYTES

try:
    import resource
except ImportError:  # Windows, where memory is not limited.
    resource = None


def serve(memory: int, decoder: Decoder = LOCAL) -> None:
    """Answers requests on standard input until it ends.

    Args:
        memory: Limit in bytes for decoding, besides the file itself.
        decoder: Decodes the images.
    """
    # The parent process decides when to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, answers = _streams()
    base = _address_space()
    while True:
        try:
            facts, encoded = frames.read(requests, max_bytes=MAX_BYTES)
        except EOFError:
            return
        _limit(base + memory + 2 * len(encoded))
        _answer(answers, facts, bytes(encoded), decoder)


def _answer(answers: IO[bytes], facts: dict, encoded: bytes, decoder: Decoder) -> None:
    try:
        if facts["task"] == "size":
            height, width = decoder.declared_size(encoded)
            frames.write(answers, {"height": height, "width": width})
            return
        decoded = decoder.decode(encoded, Decoding(**facts["decoding"]))
    except DecodeError as error:
        frames.write(answers, {"status": error.status, "reason": error.reason})
        return
    except MemoryError:
        reason = "An image that fits into memory is expected. Received: a larger one"
        frames.write(answers, {"status": "too_large", "reason": reason})
        return
    height, width, _ = decoded.pixels.shape
    answer = {"height": height, "width": width, "notes": decoded.notes}
    frames.write(answers, answer, decoded.pixels)


def request_of(task: str, decoding: Decoding | None) -> dict:
    """Returns the facts of a request.

    Args:
        task: `"size"` or `"decode"`.
        decoding: How to decode.
    """
    return {"task": task, "decoding": dataclasses.asdict(decoding or Decoding())}


def _streams() -> tuple[IO[bytes], IO[bytes]]:
    """Returns standard input and output, and redirects all other use of them."""
    requests = os.fdopen(os.dup(0), "rb", buffering=0)
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.dup2(2, 1)  # What libraries print must not mix with the answers.
    return requests, _CompleteWriter(answers)  # type: ignore[return-value]


class _CompleteWriter:
    """An unbuffered file whose `write` always writes the entire block."""

    def __init__(self, file: IO[bytes]):
        self._file = file

    def write(self, block) -> None:
        view = memoryview(block).cast("B")
        while view:
            view = view[self._file.write(view) :]

    def flush(self) -> None:
        pass


def _address_space() -> int:
    """Returns the address space of this process in bytes; 1 GiB if unknown."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 1 << 30


def _limit(size: int) -> None:
    if resource is None or sys.platform == "darwin":  # macOS ignores this limit.
        return
    _, hard_limit = resource.getrlimit(resource.RLIMIT_AS)
    if hard_limit != resource.RLIM_INFINITY:
        size = min(size, hard_limit)
    resource.setrlimit(resource.RLIMIT_AS, (size, hard_limit))
