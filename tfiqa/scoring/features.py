"""Features of images from files, as training data for other models."""

import dataclasses
import functools
import os
from collections.abc import Callable
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from tfiqa.files import atomic
from tfiqa.files.reading import read_file
from tfiqa.scoring.assessment import assess
from tfiqa.scoring.scorer import reader


@dataclasses.dataclass(frozen=True, eq=False)
class Features:
    """The features of the images that could be read.

    Attributes:
        paths: Their paths, in the order of the input.
        values: float32 `(images, d)`; `(0, 0)` if there are none.
    """

    paths: tuple[str, ...]
    values: np.ndarray


def extract_features(
    encoder: keras.Model,
    paths: Sequence[str],
    *,
    on_skipped: Callable[[str], None] | None = None,
    on_done: Callable[[int], None] | None = None,
) -> Features:
    """Returns the features of images, and skips those that cannot be read.

    Args:
        encoder: A model from float32 `(batch, height, width, 3)` in `[0, 255]` to
            `(batch, d)`; see `load_encoder` and `tfiqa.methods.open_encoder`.
        paths: Paths of images. Flat images have features too.
        on_skipped: Called for each skipped image, with a line `path: status: reason`.
        on_done: Called after each image, with the number of images done.
    """
    read = reader(encoder)
    rows: list[np.ndarray] = []

    def predict(image: np.ndarray) -> float:
        rows.append(np.asarray(read(image), np.float32))
        return 0.0  # The score is not used.

    outcomes = assess((functools.partial(read_file, path) for path in paths), predict)
    kept = []
    for done, (path, outcome) in enumerate(zip(paths, outcomes, strict=True), 1):
        if outcome.status == "ok":
            kept.append(path)
        elif on_skipped is not None:
            shown = path.encode("utf-8", "backslashreplace").decode()
            on_skipped(f"{shown}: {outcome.status}: {outcome.reason}")
        if on_done is not None:
            on_done(done)
    values = np.stack(rows) if rows else np.zeros((0, 0), np.float32)
    return Features(tuple(kept), values)


def write_features(features: Features, path: str | os.PathLike[str]) -> Path:
    """Writes a `.npz` file with the arrays `path`, text, and `features`, float32."""
    with atomic.replacing(path) as written, written.open("wb") as file:
        names = np.array(features.paths, np.str_)
        np.savez(file, path=names, features=features.values)
    return Path(path)
