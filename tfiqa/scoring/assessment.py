"""Assessment of encoded pictures, one after another, whatever may be wrong with them.

Pictures are decoded in threads while the one before is scored. What is decoded ahead
is bounded in pixels, so that memory does not depend on the number of pictures.
"""

import math
import os
from collections import deque
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from tfiqa.data.decode import MAX_PIXELS
from tfiqa.data.decode import Decoded
from tfiqa.data.decode import DecodeError
from tfiqa.data.decode import Decoding
from tfiqa.data.decoders import LOCAL
from tfiqa.data.decoders import Decoder
from tfiqa.files.reading import FileTooLargeError

STATUSES = (
    *("ok", "missing", "undecodable", "flat", "too_small", "too_large"),
    *("unsupported", "failed"),
)


class Unlike(ValueError):
    """A picture and its reference cannot be compared."""


@dataclass(frozen=True)
class Assessment:
    """What came of one picture.

    `status` is one of `STATUSES`. `score` is in MOS units, higher is better, and NaN
    unless the status is `ok`; otherwise `reason` says why. The size in pixels is 0
    where it is not known.
    """

    status: str
    score: float = float("nan")
    width: int = 0
    height: int = 0
    reason: str = ""
    notes: tuple[str, ...] = ()


def assess(
    readers: Iterable[Callable[[], bytes]],
    predict: Callable[[np.ndarray], float],
    *,
    min_side: int = 1,
    ahead: int = 16,
    how: Decoding | None = None,
    decoder: Decoder = LOCAL,
    concurrent: bool = False,
) -> Iterator[Assessment]:
    """Yields the assessment of each picture, in order.

    Whatever a picture makes the reader, the decoder or the scorer raise becomes its
    status; the others are not concerned.

    Args:
        readers: Functions that return the bytes of one encoded picture, or raise
            `OSError`.
        predict: Function from uint8 `(height, width, 3)` to a score; see
            `scorer.predictor`.
        min_side: Smallest side, in pixels, that is scored.
        ahead: Most pictures read and decoded before they are scored.
        how: How pictures are decoded.
        decoder: Who decodes them.
        concurrent: Whether `predict` may be called from several threads at once, and
            uses one core: then each thread decodes and scores.
    """

    def work(encoded: bytes, failure: Exception | None) -> Decoded | Assessment:
        outcome = _decode(encoded, failure, how, decoder)
        if concurrent and not isinstance(outcome, Assessment):
            outcome = _score(outcome, predict, min_side)
        return outcome

    with ThreadPoolExecutor(min(ahead, os.cpu_count() or 1)) as threads:
        for future in _worked_ahead(readers, threads, ahead, work, decoder):
            outcome = future.result()
            if not isinstance(outcome, Assessment):
                outcome = _score(outcome, predict, min_side)
            yield outcome


def _worked_ahead(readers, threads, ahead, work, decoder) -> Iterator[Future]:
    waiting: deque[tuple[Future, int]] = deque()
    pixels_waiting = 0
    for reader in readers:
        encoded, failure = _read(reader)
        pixels = _declared_pixels(encoded, decoder)
        while waiting and (
            len(waiting) >= ahead or pixels_waiting + pixels > MAX_PIXELS
        ):
            future, size = waiting.popleft()
            pixels_waiting -= size
            yield future
        pixels_waiting += pixels
        waiting.append((threads.submit(work, encoded, failure), pixels))
    while waiting:
        yield waiting.popleft()[0]


def _read(reader: Callable[[], bytes]) -> tuple[bytes, Exception | None]:
    try:
        return reader(), None
    except Exception as error:  # MemoryError, say, or ValueError of an odd path.
        return b"", error


def _declared_pixels(encoded: bytes, decoder: Decoder) -> int:
    """Returns what the picture will take, 0 where nothing will be decoded."""
    try:
        return math.prod(decoder.declared_size(encoded))
    except DecodeError:  # `decode` meets it again, and says what it is.
        return 0


def _unread(failure: Exception) -> Assessment:
    reason = getattr(failure, "strerror", None) or str(failure)
    if isinstance(failure, FileNotFoundError):
        known = reason and not reason.startswith("No such file")
        return Assessment("missing", reason=reason if known else "no such file")
    if isinstance(failure, FileTooLargeError):
        return Assessment("too_large", reason=reason)
    if not isinstance(failure, OSError):
        reason = f"{type(failure).__name__}: {failure}"
    return Assessment("undecodable", reason=reason)


def _decode(
    encoded: bytes,
    failure: Exception | None,
    how: Decoding | None,
    decoder: Decoder,
) -> Decoded | Assessment:
    if failure is not None:
        return _unread(failure)
    try:
        return decoder.decode(encoded, how)
    except DecodeError as error:
        return Assessment(error.status, reason=str(error))
    except Exception as error:  # A decoder may fail in any way; the others go on.
        return Assessment("undecodable", reason=f"{type(error).__name__}: {error}")


def _score(decoded: Decoded, predict, min_side: int) -> Assessment:
    picture = decoded.pixels
    height, width, _ = picture.shape
    size = {"width": width, "height": height, "notes": decoded.notes}
    if min(height, width) < min_side:
        reason = f"{width} x {height} pixels; each side needs {min_side} or more"
        return Assessment("too_small", **size, reason=reason)
    try:
        score = predict(picture)
    except Unlike:
        raise
    except Exception as error:  # Memory may not suffice for this picture alone.
        reason = f"the scorer fails: {type(error).__name__}: {_first_line(error)}"
        return Assessment("failed", **size, reason=reason)
    if np.isfinite(score):
        return Assessment("ok", score, **size)
    if np.any(np.ptp(picture, axis=(0, 1)) > 1):
        return Assessment("failed", **size, reason=f"the scorer gives {score}")
    return Assessment("flat", **size, reason="nothing in it to judge")


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:300]
