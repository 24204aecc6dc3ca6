"""The process that decodes pictures for another one, within limits."""

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
        memory: Most bytes that decoding may take, besides the file itself.
        decoder: Who decodes.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Who asks decides when to end.
    requests, answers = _streams()
    base = _address_space()
    while True:
        try:
            facts, encoded = frames.read(requests, most=MAX_BYTES)
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
        decoded = decoder.decode(encoded, Decoding(**facts["how"]))
    except DecodeError as error:
        frames.write(answers, {"status": error.status, "reason": error.reason})
        return
    except MemoryError:
        reason = "A picture that fits into memory is expected. Received: a larger one"
        frames.write(answers, {"status": "too_large", "reason": reason})
        return
    height, width, _ = decoded.pixels.shape
    found = {"height": height, "width": width, "notes": decoded.notes}
    frames.write(answers, found, decoded.pixels)


def request_of(task: str, how: Decoding | None) -> dict:
    """Returns the facts of a request.

    Args:
        task: `"size"` or `"decode"`.
        how: How to decode.
    """
    return {"task": task, "how": dataclasses.asdict(how or Decoding())}


def _streams() -> tuple[IO[bytes], IO[bytes]]:
    """Returns standard input and output, on which nobody else can write any more."""
    requests = os.fdopen(os.dup(0), "rb", buffering=0)
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.dup2(2, 1)  # What libraries print is no answer.
    return requests, _Whole(answers)  # type: ignore[return-value]


class _Whole:
    """A file without a buffer that writes all that it gets."""

    def __init__(self, file: IO[bytes]):
        self._file = file

    def write(self, block) -> None:
        view = memoryview(block).cast("B")
        while view:
            view = view[self._file.write(view) :]

    def flush(self) -> None:
        pass


def _address_space() -> int:
    """Returns the size of this process, in bytes, where the system tells it."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 1 << 30


def _limit(size: int) -> None:
    if resource is None or sys.platform == "darwin":  # It ignores this limit.
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    if most != resource.RLIM_INFINITY:
        size = min(size, most)
    resource.setrlimit(resource.RLIMIT_AS, (size, most))
