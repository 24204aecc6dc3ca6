"""What scoring makes of a mutant, and what is wrong with that."""

import dataclasses
import functools
import hashlib
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.robustness.mutants import Mutant
from tests.support.toy_scorer import toy_scorer
from tfiqa.data.decode import decode
from tfiqa.scoring.assessment import STATUSES
from tfiqa.scoring.assessment import assess
from tfiqa.scoring.scorer import metadata
from tfiqa.scoring.scorer import predictor

MOST_SECONDS = 10.0
MOST_BYTES = 2 << 30

# Without compression or with check sums: a file that decodes has all it declares.
_EXACT = frozenset({"PNG", "BMP", "DIB", "PPM", "TGA"})
_REFUSALS = frozenset({"undecodable", "too_large"})
# Reasons of refusals here, for faults that the decoders of a SavedModel fill in.
_FILLED_IN = {
    "JPEG": ("restart marker", "the data end before the last pixel"),
    "GIF": ("broken data stream",),
}
# What a SavedModel reads too.
_EXPORTED = frozenset({"JPEG", "PNG", "GIF", "BMP"})


@dataclasses.dataclass(frozen=True)
class Finding:
    """What came of one mutant.

    Attributes:
        status: One of `scoring.STATUSES`.
        reason: As rows of scores have it.
        seconds: Of the processor that scoring took.
        area: Of the decoded picture, in pixels; 0 where there is none.
        same: Whether its pixels are those of the whole file.
        exported: The status that a SavedModel gives; empty if it was not asked.
        peak: Most memory that the process had so far, in bytes.
    """

    status: str
    reason: str
    seconds: float
    area: int
    same: bool
    exported: str
    peak: int


class Examiner:
    """Scores mutants, one at a time.

    Args:
        saved_model: An export of `toy_scorer`, to be asked too.
    """

    def __init__(self, saved_model: Path | None = None):
        scorer = toy_scorer()
        self._predict = predictor(scorer)
        self._min_side = metadata(scorer)["min_side"]
        self._exported = None if saved_model is None else _serving(saved_model)

    def examine(self, mutant: Mutant) -> Finding:
        """Returns what comes of a mutant."""
        encoded = mutant.encoded
        seen: list[np.ndarray] = []

        def predict(picture: np.ndarray) -> float:
            seen.append(picture)
            return self._predict(picture)

        start = time.process_time()  # The machine may be busy with other work.
        (result,) = assess([lambda: encoded], predict, min_side=self._min_side)
        seconds = time.process_time() - start
        ask = self._exported if mutant.format in _EXPORTED else None
        return Finding(
            status=result.status,
            reason=result.reason,
            seconds=seconds,
            area=result.width * result.height,
            same=bool(seen) and _digest(seen[0]) == _pixels_of(mutant.seed),
            exported="" if ask is None else ask(encoded),
            peak=peak_memory(),
        )


def wrong_with(mutant: Mutant, finding: Finding) -> list[str]:
    """Returns in what a finding breaks a promise."""
    scored = finding.status == "ok"
    grown = finding.area > decode(mutant.seed).size // 3
    rules = {
        "an unknown status": finding.status not in STATUSES,
        "a failure of the scorer": finding.status == "failed",
        "no reason": not scored and not finding.reason,
        f"more than {MOST_SECONDS} s": finding.seconds > MOST_SECONDS,
        "more than 2 GB": finding.peak > MOST_BYTES,
        "a score of a part": scored
        and mutant.fault == "truncated"
        and not finding.same,
        "a score of changed pixels": (
            scored
            and mutant.format == "PNG"
            and mutant.fault == "flipped bits"
            and not finding.same
        ),
        "a score of pixels that are not there": (
            scored and mutant.format in _EXACT and grown
        ),
        f"another status in an export, {finding.exported}": (
            finding.exported not in ("", finding.status)
            and not differs_as_documented(mutant, finding)
        ),
    }
    return [rule for rule, broken in rules.items() if broken]


def differs_as_documented(mutant: Mutant, finding: Finding) -> bool:
    """Returns whether an export gives another status where its decoders differ.

    `docs/reliability.md` names these: which of two faults a refusal tells, palettes of
    BMP, and what a SavedModel fills in where data of JPEG and GIF are missing.
    """
    both_refuse = {finding.status, finding.exported} <= _REFUSALS
    refused = finding.exported == "undecodable"
    palette = mutant.format == "BMP" and mutant.seed[28] == 8 and refused
    filled_in = finding.status == "undecodable" and any(
        reason in finding.reason for reason in _FILLED_IN.get(mutant.format, ())
    )
    return both_refuse or palette or filled_in


def peak_memory() -> int:
    """Returns the most memory that this process had so far, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak << 10


def _serving(saved_model: Path) -> Callable[[bytes], str]:
    import tensorflow as tf

    loaded = tf.saved_model.load(str(saved_model))
    serve = loaded.signatures["serving_bytes"]

    def ask(encoded: bytes) -> str:
        return serve(bytes=tf.constant([encoded]))["status"].numpy()[0].decode()

    ask.model = loaded  # Else its variables would be gone.
    return ask


@functools.cache
def _pixels_of(seed: bytes) -> str:
    return _digest(decode(seed))


def _digest(pixels: np.ndarray) -> str:
    shape = str(pixels.shape).encode()
    return hashlib.sha256(shape + np.ascontiguousarray(pixels).tobytes()).hexdigest()
