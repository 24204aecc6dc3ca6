"""Models on workers: loaded once per process, and checked to be the expected ones."""

import contextlib
import dataclasses
import functools
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tfiqa.beam import storage
from tfiqa.beam.errors import ModelError
from tfiqa.beam.settings import SAVED_MODEL
from tfiqa.beam.settings import FeatureSettings
from tfiqa.beam.settings import ScorerSettings
from tfiqa.beam.settings import Settings
from tfiqa.beam.settings import model_digest
from tfiqa.beam.settings import preset_file
from tfiqa.beam.settings import shown_digest
from tfiqa.cli.layout import Layout
from tfiqa.data.decode import Decoding
from tfiqa.data.decoders import LOCAL
from tfiqa.data.isolated import IsolatedDecoder
from tfiqa.scoring.assessment import Assessment
from tfiqa.scoring.assessment import assess
from tfiqa.scoring.rows import row_of
from tfiqa.scoring.runtimes.base import Runtime
from tfiqa.scoring.runtimes.choice import chosen
from tfiqa.scoring.runtimes.choice import opened

# The key of an image, and the function that returns its bytes or raises `OSError`.
Record = tuple[str, Callable[[], bytes]]
Row = dict[str, Any]

FEATURE_COLUMNS = ("path", "status", "width", "height", "reason", "notes")


@contextlib.contextmanager
def files_of(model: str) -> Iterator[list[Path]]:
    """Yields the local files of a model, downloaded if they are remote.

    Raises:
        OSError: If there is no such file or preset.
    """
    with contextlib.ExitStack() as stack:
        if (preset := preset_file(model)) is not None and not Path(model).exists():
            yield [preset]
            return
        paths = [
            stack.enter_context(storage.local_copy(part)) for part in model.split(",")
        ]
        for path in paths:
            if not path.exists():
                raise FileNotFoundError(
                    "The file of a model, the folder of a SavedModel or the name of a "
                    f"preset is expected. Received: {model}"
                )
        yield paths


def digest_of(settings: Settings) -> str:
    """Returns the SHA-256 of the model of settings."""
    with files_of(settings.model) as paths:
        return model_digest(paths)


def runtime_of(settings: Settings) -> str:
    """Returns the name of the runtime that will compute; loads nothing.

    Raises:
        ValueError: If the runtime does not exist or does not run the model.
    """
    if isinstance(settings, FeatureSettings):
        return "keras"
    if is_saved_model(settings.model):
        return SAVED_MODEL
    model: Any = settings.model
    needs_keras = settings.coverage is not None
    return chosen(model, settings.runtime, keras_model=needs_keras)


def is_saved_model(model: str) -> bool:
    """Returns whether the path of a model is that of a SavedModel."""
    if storage.is_remote(model):
        return not model.endswith((".keras", ".tflite"))
    return Path(model, "saved_model.pb").is_file()


def columns_of(settings: Settings) -> tuple[str, ...]:
    """Returns the columns of rows, in order."""
    if isinstance(settings, FeatureSettings):
        return (*FEATURE_COLUMNS, "features", "model")
    return (*Layout(intervals=settings.intervals).columns, "model")


@dataclasses.dataclass(frozen=True)
class LoadedModel:
    """A model in a process.

    Attributes:
        rows: Function from records to their rows, in order; thread-safe.
    """

    rows: Callable[[Iterable[Record]], Iterator[Row]]


def load(settings: Settings, digest: str, runtime: str) -> LoadedModel:
    """Returns the model of settings.

    Args:
        settings: The model, and how it is applied.
        digest: The SHA-256 that the model must have.
        runtime: The runtime that must compute; a worker without it fails.

    Raises:
        ModelError: If it does not load here, or is another model; one line.
    """
    try:
        with files_of(settings.model) as paths:
            found = model_digest(paths)
            if found != digest:
                raise ValueError(
                    f"a model of SHA-256 {digest} is expected. Received: one of {found}"
                )
            return _loaded(settings, paths, shown_digest(digest), runtime)
    except Exception as error:  # Broken files and missing packages raise many kinds.
        raise ModelError(f"{settings.model}: {storage.one_line(error)}") from error


def _loaded(
    settings: Settings, paths: list[Path], digest: str, runtime: str
) -> LoadedModel:
    if isinstance(settings, FeatureSettings):
        from tfiqa.methods import open_encoder
        from tfiqa.scoring.scorer import reader

        read = reader(open_encoder(",".join(map(str, paths))))
        return LoadedModel(functools.partial(_feature_rows, read, digest))
    scorer = _opened(settings, paths[0], runtime)
    if settings.intervals:
        scorer.interval([])  # Fails at once if the scorer has none.
    packed: Any = None
    if scorer.name == "keras":
        from tfiqa.scoring.packed_crops import packable

        packed = packable(getattr(scorer, "model"))  # noqa: B009
    return LoadedModel(functools.partial(_score_rows, scorer, packed, settings, digest))


def _opened(settings: ScorerSettings, path: Path, runtime: str) -> Runtime:
    if runtime == SAVED_MODEL:
        from tfiqa.beam.saved_model import SavedModelRuntime

        return SavedModelRuntime(path)
    # A preset by its name: only so, its light file is known.
    preset = preset_file(settings.model)
    model = settings.model if path == preset else str(path)
    needs_keras = settings.coverage is not None
    scorer = opened(model, runtime, keras_model=needs_keras)
    if settings.coverage is not None:
        from tfiqa.scoring.scorer import set_coverage

        set_coverage(getattr(scorer, "model"), settings.coverage)  # noqa: B009
    return scorer


def _score_rows(
    scorer: Runtime,
    packed: Any,
    settings: ScorerSettings,
    digest: str,
    records: Iterable[Record],
) -> Iterator[Row]:
    decoder = IsolatedDecoder() if settings.isolate else LOCAL
    how: Any = {
        "min_side": scorer.metadata.get("min_side", 1),
        "decoding": Decoding(
            convert_profiles=settings.icc == "srgb",
            tolerate_truncation=settings.tolerate_truncation,
        ),
        "decoder": decoder,
    }

    def assessed(readers: Iterable[Callable[[], bytes]]) -> Iterator[Assessment]:
        if packed is None:
            predict = scorer.predict
            return assess(readers, predict, concurrent=scorer.concurrent, **how)
        from tfiqa.scoring.packed_crops import assess_packed

        return assess_packed(readers, packed, **how)

    columns = columns_of(settings)[:-1]
    try:
        for key, outcome in _paired(records, assessed):
            row = row_of(key, outcome, scorer, intervals=settings.intervals)
            yield {**{name: getattr(row, name) for name in columns}, "model": digest}
    finally:
        if isinstance(decoder, IsolatedDecoder):
            decoder.close()


def _feature_rows(
    read: Callable[[np.ndarray], np.ndarray], digest: str, records: Iterable[Record]
) -> Iterator[Row]:
    latest: list[np.ndarray] = []

    def predict(image: np.ndarray) -> float:
        latest[:] = [np.asarray(read(image), np.float32)]
        return 0.0  # The score is not used.

    for key, outcome in _paired(records, lambda readers: assess(readers, predict)):
        is_read = outcome.status == "ok"
        yield {
            "path": key,
            "status": outcome.status,
            "width": outcome.width or None,
            "height": outcome.height or None,
            "reason": outcome.reason,
            "notes": "; ".join(outcome.notes),
            "features": latest[0] if is_read else None,
            "model": digest,
        }


def _paired(
    records: Iterable[Record],
    assessed: Callable[[Iterable[Callable[[], bytes]]], Iterator[Assessment]],
) -> Iterator[tuple[str, Assessment]]:
    """Yields the key and the assessment of each record.

    The bytes of a record are forgotten once it is decoded; only its key is kept.
    """
    keys: list[str] = []

    def readers() -> Iterator[Callable[[], bytes]]:
        for key, read in records:
            keys.append(key)
            yield read

    for number, outcome in enumerate(assessed(readers())):
        yield keys[number], outcome
        keys[number] = ""
