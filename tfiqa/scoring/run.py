"""Scores of files, row by row: what `python -m tfiqa.score` runs."""

import dataclasses
import functools
import itertools
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tfiqa.data.decode import Decoding
from tfiqa.data.decoders import LOCAL
from tfiqa.data.decoders import Decoder
from tfiqa.data.isolated import IsolatedDecoder
from tfiqa.files.listing import listed
from tfiqa.files.reading import read_file
from tfiqa.scoring.assessment import Assessment
from tfiqa.scoring.assessment import assess
from tfiqa.scoring.quality_words import word
from tfiqa.scoring.request import DEFAULT
from tfiqa.scoring.request import ICC
from tfiqa.scoring.request import PathLike
from tfiqa.scoring.request import ScoreRow
from tfiqa.scoring.request import ScoringRequest
from tfiqa.scoring.request import argument
from tfiqa.scoring.request import needs_keras
from tfiqa.scoring.runtimes.base import Runtime
from tfiqa.scoring.runtimes.choice import chosen
from tfiqa.scoring.runtimes.choice import opened

if TYPE_CHECKING:  # Light runtimes need no Keras.
    import keras

    from tfiqa.scoring.explanations import Explained
    from tfiqa.scoring.keras_parts import KerasParts


def score_files(
    paths: PathLike | Iterable[PathLike],
    model: "PathLike | keras.Model" = DEFAULT,
    *,
    reference: PathLike | None = None,
    intervals: bool = False,
    explain: bool = False,
    coverage: str | None = None,
    map_folder: PathLike | None = None,
    read_ahead: int = 16,
    tolerate_truncation: bool = False,
    icc: str = "srgb",
    isolate: bool = False,
    runtime: str = "auto",
) -> Iterator[ScoreRow]:
    """Scores pictures; returns an iterator over one row for each, in order.

    Rows come as they are computed, so `paths` may be endless. A path that was named
    before is left out: some hundred bytes are kept of each. Each picture is scored by
    itself: no score depends on the others. One that cannot be scored has a row with its
    status and the reason, and does not end the batch.

    Args:
        paths: A picture, a folder (all pictures below it, sorted), or any number of
            these.
        model: A `.keras` file, the name of a preset, or a loaded scorer.
        reference: For scorers that compare a picture with its reference: one picture or
            a folder; see `ScoringRequest`.
        intervals: Whether rows have `low` and `high`; for calibrated scorers.
        explain: Whether rows say what is wrong with an image: `distortion`,
            `distortion_group` and `probability`; for scorers with a recognizer.
        coverage: `"grid"` or `"full"`, the crops to score; as trained when None. A
            loaded scorer keeps it.
        map_folder: Folder to draw maps of quality into; it is made if need be.
        read_ahead: Most pictures that are read and decoded before they are scored.
        tolerate_truncation: Whether JPEG files are scored of which only the end marker
            is missing; `notes` of a row tells which.
        icc: `"srgb"` converts colours with a profile to sRGB, as viewers show them;
            `"ignore"` takes them as they are, as databases and papers do.
        isolate: Whether images are decoded in child processes with limits of time and
            memory, for files of strangers: a decoder that crashes costs one row.
        runtime: What computes: one of `runtimes.choice.RUNTIMES`; see
            `ScoringRequest`.

    Raises:
        ArgumentError: A `ValueError`, before anything is scored, if an argument does
            not fit: no such model, or one without what is asked for.

    Example:
        >>> for row in tfiqa.score_files("photos/"):
        ...     print(row.path, row.score, row.status)
    """
    return score_request(
        ScoringRequest(
            paths=paths,
            model=model,
            reference=reference,
            intervals=intervals,
            explain=explain,
            coverage=coverage,
            map_folder=map_folder,
            read_ahead=read_ahead,
            tolerate_truncation=tolerate_truncation,
            icc=icc,
            isolate=isolate,
            runtime=runtime,
        )
    )


def score_request(request: ScoringRequest) -> Iterator[ScoreRow]:
    """Returns an iterator over the rows of a request; see `score_files`.

    Raises:
        ArgumentError: If a field of the request does not fit.
    """
    whole = needs_keras(request)
    with argument("runtime"):
        chosen(request.model, request.runtime, whole=whole)
    with argument("model"):
        runtime = opened(request.model, request.runtime, whole=whole)
    with argument("intervals"):
        if request.intervals:
            runtime.interval([])  # A scorer without any is an error before all scores.
    with argument("icc"):
        if request.icc not in ICC:
            raise ValueError(f"One of {ICC} is expected. Received: {request.icc!r}")
    with argument("read_ahead"):
        if request.read_ahead < 1:
            raise ValueError(f"1 or more is expected. Received: {request.read_ahead}")
    how = Decoding(
        convert_profiles=request.icc == "srgb",
        tolerate_truncation=request.tolerate_truncation,
    )
    decoder = IsolatedDecoder() if request.isolate else LOCAL
    parts = None
    if runtime.name == "keras":
        from tfiqa.scoring.keras_parts import keras_parts  # It imports Keras.

        parts = keras_parts(runtime, request, how, decoder)
    return _rows(runtime, request, parts, how, decoder)


def _rows(
    runtime: Runtime,
    request: ScoringRequest,
    parts: "KerasParts | None",
    how: Decoding,
    decoder: Decoder,
) -> Iterator[ScoreRow]:
    paths, to_read = itertools.tee(listed(request.paths))
    outcomes = _assessed(
        *(runtime, parts, to_read, decoder), ahead=request.read_ahead, how=how
    )
    draw = parts and parts.draw
    explained = parts and parts.explained
    try:
        for path, outcome in zip(paths, outcomes, strict=True):
            if draw is not None and outcome.status == "ok":
                outcome = _drawn(draw, path, outcome)
            row = _row(path, outcome, runtime, intervals=request.intervals)
            yield row if explained is None else _with_reason(row, explained)
    finally:
        if isinstance(decoder, IsolatedDecoder):
            decoder.close()


def _with_reason(row: ScoreRow, explained: "Explained") -> ScoreRow:
    """Returns a row with what is wrong with the image that was scored last."""
    from tfiqa.scoring.explanations import Explanation

    latest = explained.latest if row.status == "ok" else Explanation()
    return dataclasses.replace(
        row,
        distortion=latest.distortion,
        distortion_group=latest.group,
        probability=latest.probability and _digits(latest.probability),
    )


def _drawn(draw: Callable[[str], object], path: str, outcome: Assessment) -> Assessment:
    """Draws a map; a map that cannot be drawn is a note, and keeps no score away."""
    try:
        draw(path)
    except Exception as error:  # The file may be gone, or its name too odd.
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
    how: Decoding,
) -> Iterator[Assessment]:
    min_side = runtime.metadata.get("min_side", 1)
    explained = parts and parts.explained
    if parts is not None and parts.references is not None:
        from tfiqa.scoring.references import assess_pairs

        pairs = ((path, functools.partial(read_file, path)) for path in paths)
        return assess_pairs(
            pairs, parts.scorer, parts.references, min_side=min_side, how=how
        )
    readers = (functools.partial(read_file, path) for path in paths)
    return assess(
        *(readers, explained or runtime.predict),
        min_side=min_side,
        ahead=ahead,
        how=how,
        decoder=decoder,
        # `explained.latest` must be that of the row in hand.
        concurrent=runtime.concurrent and explained is None,
    )


def _row(
    path: str, outcome: Assessment, runtime: Runtime, *, intervals: bool
) -> ScoreRow:
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
