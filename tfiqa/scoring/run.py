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

    from tfiqa.scoring.explanations import Explainer
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
    """Scores images; returns an iterator over one row for each, in order.

    Rows are yielded as they are computed, so `paths` may be endless. Repeated paths are
    skipped, which takes some hundred bytes of memory for each path. No score depends on
    the other images. An image that cannot be scored has a row with its status and the
    reason, and does not end the batch.

    Args:
        paths: An image, a folder (all images below it, sorted), or any number of these.
        model: A `.keras` or `.tflite` file, the name of a preset, or a loaded scorer.
        reference: For full-reference scorers: one image or a folder; see
            `ScoringRequest`.
        intervals: Whether rows have `low` and `high`; for calibrated scorers.
        explain: Whether rows say what is wrong with an image: `distortion`,
            `distortion_group` and `probability`; for scorers with a recognizer.
        coverage: `"grid"` or `"full"`, the crops to score; as in training when None.
            The setting of a loaded scorer changes permanently.
        map_folder: Folder for maps of quality; created if missing.
        read_ahead: Maximum number of images that are read and decoded before they are
            scored.
        tolerate_truncation: Whether JPEG files that lack only their end marker are
            scored; `notes` of their rows say so.
        icc: `"srgb"` converts colors with a profile to sRGB, as viewers show them;
            `"ignore"` uses them as stored, as databases and papers do.
        isolate: Whether images are decoded in child processes with limits on time and
            memory. Use it for untrusted files: if a decoder crashes, one row fails.
        runtime: Runtime to use, one of `runtimes.choice.RUNTIMES`; see
            `ScoringRequest`.

    Raises:
        ArgumentError: A `ValueError`, before anything is scored, if an argument is
            invalid: the model does not exist, or does not support the request.

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
        ArgumentError: If a field of the request is invalid.
    """
    keras_model = needs_keras(request)
    with argument("runtime"):
        chosen(request.model, request.runtime, keras_model=keras_model)
    with argument("model"):
        runtime = opened(request.model, request.runtime, keras_model=keras_model)
    with argument("intervals"):
        if request.intervals:
            runtime.interval([])  # Fails before any score if the scorer has none.
    with argument("icc"):
        if request.icc not in ICC:
            raise ValueError(f"One of {ICC} is expected. Received: {request.icc!r}")
    with argument("read_ahead"):
        if request.read_ahead < 1:
            raise ValueError(f"1 or more is expected. Received: {request.read_ahead}")
    decoding = Decoding(
        convert_profiles=request.icc == "srgb",
        tolerate_truncation=request.tolerate_truncation,
    )
    decoder = IsolatedDecoder() if request.isolate else LOCAL
    parts = None
    if runtime.name == "keras":
        from tfiqa.scoring.keras_parts import keras_parts  # It imports Keras.

        parts = keras_parts(runtime, request, decoding, decoder)
    return _rows(runtime, request, parts, decoding, decoder)


def _rows(
    runtime: Runtime,
    request: ScoringRequest,
    parts: "KerasParts | None",
    decoding: Decoding,
    decoder: Decoder,
) -> Iterator[ScoreRow]:
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
            row = _row(path, outcome, runtime, intervals=request.intervals)
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
