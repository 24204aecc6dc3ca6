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
from tfiqa.data.decode import DecodeError
from tfiqa.data.decode import declared_size
from tfiqa.data.decode import decode

STATUSES = ("ok", "missing", "undecodable", "flat", "too_small", "too_large")


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


def assess(
    readers: Iterable[Callable[[], bytes]],
    predict: Callable[[np.ndarray], float],
    *,
    min_side: int = 1,
    ahead: int = 16,
) -> Iterator[Assessment]:
    """Yields the assessment of each picture, in order.

    Args:
        readers: Functions that return the bytes of one encoded picture, or raise
            `OSError`.
        predict: Function from uint8 `(height, width, 3)` to a score; see
            `scorer.predictor`.
        min_side: Smallest side, in pixels, that is scored.
        ahead: Most pictures read and decoded before they are scored.
    """
    with ThreadPoolExecutor(min(ahead, os.cpu_count() or 1)) as threads:
        for decoded in _decoded_ahead(readers, threads, ahead):
            outcome = decoded.result()
            if not isinstance(outcome, Assessment):
                outcome = _score(outcome, predict, min_side)
            yield outcome


def _decoded_ahead(readers, threads, ahead) -> Iterator[Future]:
    waiting: deque[tuple[Future, int]] = deque()
    pixels_waiting = 0
    for reader in readers:
        encoded, failure = _read(reader)
        pixels = _declared_pixels(encoded)
        while waiting and (
            len(waiting) >= ahead or pixels_waiting + pixels > MAX_PIXELS
        ):
            decoded, size = waiting.popleft()
            pixels_waiting -= size
            yield decoded
        pixels_waiting += pixels
        waiting.append((threads.submit(_decode, encoded, failure), pixels))
    while waiting:
        yield waiting.popleft()[0]


def _read(reader: Callable[[], bytes]) -> tuple[bytes, OSError | None]:
    try:
        return reader(), None
    except OSError as error:
        return b"", error


def _declared_pixels(encoded: bytes) -> int:
    """Returns what the picture will take, 0 where nothing will be decoded."""
    try:
        return math.prod(declared_size(encoded))
    except DecodeError:  # `decode` meets it again, and says what it is.
        return 0


def _decode(encoded: bytes, failure: OSError | None) -> np.ndarray | Assessment:
    if isinstance(failure, FileNotFoundError):
        return Assessment("missing", reason="no such file")
    if failure is not None:
        return Assessment("undecodable", reason=failure.strerror or str(failure))
    try:
        return decode(encoded)
    except DecodeError as error:
        return Assessment(error.status, reason=str(error))
    except Exception as error:  # A decoder may fail in any way; the others go on.
        return Assessment("undecodable", reason=f"{type(error).__name__}: {error}")


def _score(picture: np.ndarray, predict, min_side: int) -> Assessment:
    height, width, _ = picture.shape
    size = {"width": width, "height": height}
    if min(height, width) < min_side:
        reason = f"{width} x {height} pixels; each side needs {min_side} or more"
        return Assessment("too_small", **size, reason=reason)
    score = predict(picture)
    if not np.isfinite(score):
        reason = "nothing in it to judge"
        if np.any(np.ptp(picture, axis=(0, 1)) > 1):
            reason = f"the scorer gives {score}"
        return Assessment("flat", **size, reason=reason)
    return Assessment("ok", score, **size)
