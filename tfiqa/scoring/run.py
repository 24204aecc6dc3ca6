"""Scores of files, row by row: what `python -m tfiqa.score` runs."""

from collections.abc import Iterable
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tfiqa.data.decode import Decoding
from tfiqa.data.decoders import LOCAL
from tfiqa.data.isolated import IsolatedDecoder
from tfiqa.scoring.request import DEFAULT
from tfiqa.scoring.request import ICC
from tfiqa.scoring.request import PathLike
from tfiqa.scoring.request import ScoreRow
from tfiqa.scoring.request import ScoringRequest
from tfiqa.scoring.request import argument
from tfiqa.scoring.request import needs_keras
from tfiqa.scoring.rows import rows_of
from tfiqa.scoring.runtimes.choice import chosen
from tfiqa.scoring.runtimes.choice import opened

if TYPE_CHECKING:  # Light runtimes need no Keras.
    import keras


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
    return rows_of(runtime, request, parts, decoding, decoder)
