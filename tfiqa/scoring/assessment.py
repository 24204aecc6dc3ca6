"""Assessment of encoded images, one after another; a broken one gets a status.

Images are decoded in threads while an earlier one is scored. The number of pixels
decoded ahead is bounded, so memory does not depend on the number of images.
"""

import contextlib
import math
import os
from collections import deque
from collections.abc import Callable
from collections.abc import Generator
from collections.abc import Iterable
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfiqa.data.decode import MAX_PIXELS
from tfiqa.data.decode import Decoded
from tfiqa.data.decode import DecodeError
from tfiqa.data.decode import Decoding
from tfiqa.data.decoders import LOCAL
from tfiqa.data.decoders import Decoder
from tfiqa.files.reading import FileTooLargeError
from tfiqa.pixels.flatness import is_flat

STATUSES = (
    *("ok", "missing", "undecodable", "flat", "too_small", "too_large"),
    *("unsupported", "failed"),
)


class IncomparableError(ValueError):
    """An image and its reference cannot be compared."""


@dataclass(frozen=True)
class Assessment:
    """The result for one image.

    `status` is one of `STATUSES`. `score` is in MOS units, higher is better; unless the
    status is `ok`, it is NaN and `reason` says why. `width` and `height` are in pixels,
    0 if unknown.
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
    decoding: Decoding | None = None,
    decoder: Decoder = LOCAL,
    concurrent: bool = False,
) -> Iterator[Assessment]:
    """Yields the assessment of each image, in order.

    An error of the reader, the decoder or the scorer becomes the status of its image
    and does not affect the others.

    Args:
        readers: Functions that return the bytes of one encoded image, or raise
            `OSError`.
        predict: Function from uint8 `(height, width, 3)` to a score; see
            `scorer.predictor`.
        min_side: Smallest side to score, in pixels.
        ahead: Maximum number of images read and decoded before they are scored.
        decoding: How images are decoded.
        decoder: Decodes the images.
        concurrent: Whether `predict` is thread-safe and uses one core; then each thread
            decodes and scores.
    """
    outcomes = decoded_ahead(
        readers,
        ahead=ahead,
        decoding=decoding,
        decoder=decoder,
        then=(lambda one: _score(one, predict, min_side)) if concurrent else None,
    )
    with contextlib.closing(outcomes):
        for outcome in outcomes:
            if not isinstance(outcome, Assessment):
                outcome = _score(outcome, predict, min_side)
            yield outcome


def decoded_ahead(
    readers: Iterable[Callable[[], bytes]],
    *,
    ahead: int = 16,
    decoding: Decoding | None = None,
    decoder: Decoder = LOCAL,
    then: Callable[[Decoded], Assessment] | None = None,
) -> Generator[Decoded | Assessment, None, None]:
    """Yields each image, in order, or why it cannot be decoded.

    Args:
        readers: See `assess`.
        ahead: See `assess`.
        decoding: See `assess`.
        decoder: See `assess`.
        then: Assesses an image in the thread that has decoded it; none if None.
    """

    def work(encoded: bytes, failure: Exception | None) -> Decoded | Assessment:
        outcome = _decode(encoded, failure, decoding, decoder)
        return (
            outcome
            if then is None or isinstance(outcome, Assessment)
            else (then(outcome))
        )

    threads = ThreadPoolExecutor(min(ahead, os.cpu_count() or 1))
    try:
        for future in _computed_ahead(readers, threads, ahead, work, decoder):
            yield future.result()
    finally:
        # Does not wait: the garbage collector closes an abandoned iterator in any
        # thread, also in one of these, which others may wait for.
        threads.shutdown(wait=False, cancel_futures=True)


def _computed_ahead(readers, threads, ahead, work, decoder) -> Iterator[Future]:
    pending: deque[tuple[Future, int]] = deque()
    pending_pixels = 0
    for reader in readers:
        encoded, failure = _read(reader)
        pixels = _declared_pixels(encoded, decoder)
        while pending and (
            len(pending) >= ahead or pending_pixels + pixels > MAX_PIXELS
        ):
            future, size = pending.popleft()
            pending_pixels -= size
            yield future
        pending_pixels += pixels
        pending.append((threads.submit(work, encoded, failure), pixels))
    while pending:
        yield pending.popleft()[0]


def _read(reader: Callable[[], bytes]) -> tuple[bytes, Exception | None]:
    try:
        return reader(), None
    except Exception as error:  # For example, memory may not suffice.
        return b"", error


def _declared_pixels(encoded: bytes, decoder: Decoder) -> int:
    """Returns the number of pixels by the header; 0 if nothing will be decoded."""
    try:
        return math.prod(decoder.declared_size(encoded))
    except DecodeError:  # `decode` raises it again, and it is reported then.
        return 0


def _read_failure(failure: Exception) -> Assessment:
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
    decoding: Decoding | None,
    decoder: Decoder,
) -> Decoded | Assessment:
    if failure is not None:
        return _read_failure(failure)
    try:
        return decoder.decode(encoded, decoding)
    except DecodeError as error:
        return Assessment(error.status, reason=str(error))
    except Exception as error:  # A decoder may fail in any way.
        return Assessment("undecodable", reason=f"{type(error).__name__}: {error}")


def _score(decoded: Decoded, predict, min_side: int) -> Assessment:
    if fault := too_small(decoded, min_side):
        return fault
    try:
        score = predict(decoded.pixels)
    except IncomparableError:
        raise
    except Exception as error:  # It may need too much memory.
        return failed(decoded, error)
    return scored(decoded, score)


def too_small(decoded: Decoded, min_side: int) -> Assessment | None:
    """Returns the assessment of an image with too short a side; None for others."""
    height, width, _ = decoded.pixels.shape
    if min(height, width) >= min_side:
        return None
    reason = f"{width} x {height} pixels; each side needs {min_side} or more"
    return Assessment("too_small", **_facts(decoded), reason=reason)


def failed(decoded: Decoded, error: Exception) -> Assessment:
    """Returns the assessment of an image on which the scorer raised an error."""
    reason = f"the scorer failed: {type(error).__name__}: {_first_line(error)}"
    return Assessment("failed", **_facts(decoded), reason=reason)


def scored(decoded: Decoded, score: float) -> Assessment:
    """Returns the assessment of an image with this score, NaN if it has none."""
    if np.isfinite(score):
        return Assessment("ok", score, **_facts(decoded))
    if not is_flat(decoded.pixels):
        reason = f"the score is {score}"
        return Assessment("failed", **_facts(decoded), reason=reason)
    return Assessment("flat", **_facts(decoded), reason="no structure to judge")


def _facts(decoded: Decoded) -> dict[str, Any]:
    height, width, _ = decoded.pixels.shape
    return {"width": width, "height": height, "notes": decoded.notes}


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:300]
