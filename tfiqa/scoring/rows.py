"""Rows of images, in order, from a scorer in its runtime."""

import dataclasses
import functools
import itertools
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tfiqa.data.decode import Decoding
from tfiqa.data.decoders import Decoder
from tfiqa.data.isolated import IsolatedDecoder
from tfiqa.files.listing import listed
from tfiqa.files.reading import read_file
from tfiqa.scoring.assessment import Assessment
from tfiqa.scoring.assessment import assess
from tfiqa.scoring.quality_words import word
from tfiqa.scoring.request import ScoreRow
from tfiqa.scoring.request import ScoringRequest
from tfiqa.scoring.runtimes.base import Runtime

if TYPE_CHECKING:  # Light runtimes need no Keras.
    from tfiqa.scoring.explanations import Explainer
    from tfiqa.scoring.keras_parts import KerasParts


def rows_of(
    runtime: Runtime,
    request: ScoringRequest,
    parts: "KerasParts | None",
    decoding: Decoding,
    decoder: Decoder,
) -> Iterator[ScoreRow]:
    """Yields the row of each image of a checked request.

    Args:
        runtime: The scorer.
        request: The request.
        parts: What only a scorer in Keras can serve; None for other runtimes.
        decoding: How images are decoded.
        decoder: Decodes the images; closed at the end.
    """
    paths, to_read = itertools.tee(listed(request.paths))
    outcomes = _assessed(
        *(runtime, parts, to_read, decoder), ahead=request.read_ahead, decoding=decoding
    )
    draw = parts and parts.draw
    explainer = parts and parts.explainer
    try:
        for path, outcome in zip(paths, outcomes, strict=True):
            if draw is not None and outcome.status == "ok":
                outcome = _drawn(draw, path, outcome)
            row = row_of(path, outcome, runtime, intervals=request.intervals)
            yield row if explainer is None else _with_explanation(row, explainer)
    finally:
        if isinstance(decoder, IsolatedDecoder):
            decoder.close()


def _with_explanation(row: ScoreRow, explainer: "Explainer") -> ScoreRow:
    """Returns a row with the explanation of the image that was scored last."""
    from tfiqa.scoring.explanations import Explanation

    latest = explainer.latest if row.status == "ok" else Explanation()
    return dataclasses.replace(
        row,
        distortion=latest.distortion,
        distortion_group=latest.group,
        probability=latest.probability and _digits(latest.probability),
    )


def _drawn(draw: Callable[[str], object], path: str, outcome: Assessment) -> Assessment:
    """Draws a map; if that fails, adds a note. The score stays."""
    try:
        draw(path)
    except Exception as error:  # The file may be gone, or the disk full.
        note = f"no map: {type(error).__name__}: {error}"
        return dataclasses.replace(outcome, notes=(*outcome.notes, note))
    return outcome


def _assessed(
    runtime: Runtime,
    parts: "KerasParts | None",
    paths: Iterable[str],
    decoder: Decoder,
    *,
    ahead: int,
    decoding: Decoding,
) -> Iterator[Assessment]:
    min_side = runtime.metadata.get("min_side", 1)
    explainer = parts and parts.explainer
    if parts is not None and parts.references is not None:
        from tfiqa.scoring.references import assess_pairs

        pairs = ((path, functools.partial(read_file, path)) for path in paths)
        return assess_pairs(
            pairs, parts.scorer, parts.references, min_side=min_side, decoding=decoding
        )
    readers = (functools.partial(read_file, path) for path in paths)
    return assess(
        *(readers, explainer or runtime.predict),
        min_side=min_side,
        ahead=ahead,
        decoding=decoding,
        decoder=decoder,
        # `explainer.latest` must belong to the current row.
        concurrent=runtime.concurrent and explainer is None,
    )


def row_of(
    path: str, outcome: Assessment, runtime: Runtime, *, intervals: bool
) -> ScoreRow:
    """Returns the row of an image.

    Args:
        path: Path of the image, or another key.
        outcome: Its assessment.
        runtime: The scorer.
        intervals: Whether the row has the interval of the score.
    """
    score = covered = low = high = None
    if outcome.status == "ok":
        score = _digits(outcome.score)
        covered = round(runtime.covered_share(outcome.height, outcome.width), 4)
        if intervals:
            low, high = map(_digits, runtime.interval(outcome.score))
    return ScoreRow(
        path=path,
        score=score,
        status=outcome.status,
        width=outcome.width or None,
        height=outcome.height or None,
        covered=covered,
        reason=outcome.reason,
        low=low,
        high=high,
        notes="; ".join(outcome.notes),
        word=word(outcome.score) if runtime.is_calibrated else None,
        runtime=runtime.name,
    )


def _digits(score) -> float:
    """Returns a number with the 7 decimal digits that float32 has."""
    return float(f"{score:.7g}")
