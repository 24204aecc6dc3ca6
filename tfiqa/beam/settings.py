"""What rows depend on besides the images: the model, and how it is applied."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tfiqa.scoring.shipped import PRESETS

SAVED_MODEL = "saved_model"
_DIGITS = 16  # Hexadecimal digits of fingerprints in rows.


@dataclasses.dataclass(frozen=True)
class ScorerSettings:
    """A scorer, and how it scores.

    Attributes:
        model: A `.keras` or `.tflite` file, the folder of a SavedModel, or the name of
            a preset. Files may be on any file system of Beam that workers can read.
        runtime: See `scoring.ScoringRequest`; ignored for a SavedModel.
        intervals: Whether rows have `low` and `high`; for calibrated scorers.
        coverage: `"grid"` or `"full"`; as in training when None.
        icc: `"srgb"` or `"ignore"`.
        tolerate_truncation: Whether JPEG files that lack only their end marker are
            scored.
        isolate: Whether images are decoded in child processes. No row depends on it.
    """

    model: str = "photo"
    runtime: str = "auto"
    intervals: bool = False
    coverage: str | None = None
    icc: str = "srgb"
    tolerate_truncation: bool = False
    isolate: bool = False


@dataclasses.dataclass(frozen=True)
class FeatureSettings:
    """An encoder.

    Attributes:
        model: The `.keras` file of an encoder or a scorer, on any file system of Beam;
            or `QUALITY,CONTENT` for both experts of Re-IQA.
    """

    model: str


Settings = ScorerSettings | FeatureSettings


def model_digest(paths: list[Path]) -> str:
    """Returns the SHA-256 of a model.

    Args:
        paths: Its files; a folder stands for all files below it.
    """
    if len(paths) == 1 and paths[0].is_file():
        return _file_digest(paths[0])
    digest = hashlib.sha256()
    for path in paths:
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file():
                name = file.relative_to(path).as_posix()
                digest.update(f"{name} {_file_digest(file)}\n".encode())
    return digest.hexdigest()


def shown_digest(digest: str) -> str:
    """Returns the fingerprint of a model as rows show it."""
    return digest[:_DIGITS]


def preset_file(model: str) -> Path | None:
    """Returns the file of a preset; None if there is no preset of this name."""
    path = PRESETS / f"{model}.keras"
    is_name = not {"/", "\\"} & set(model)
    return path if is_name and path.is_file() else None


def output_settings(
    settings: Settings, digest: str, runtime: str, form: str
) -> Mapping[str, Any]:
    """Returns what an output folder is bound to, ready for JSON.

    Args:
        settings: The model, and how it is applied.
        digest: Result of `model_digest`.
        runtime: Name of the runtime that will compute.
        form: Format of the rows.
    """
    fields = dataclasses.asdict(settings)
    for name in ("model", "isolate"):  # The digest counts; no row depends on these.
        fields.pop(name, None)
    return {**fields, "model": digest, "runtime": runtime, "format": form}


def fingerprint(settings: Mapping[str, Any]) -> str:
    """Returns the digest of output settings, which is part of the name of any work."""
    text = json.dumps(settings, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
