"""Features of the images of a database."""

from collections.abc import Callable

import numpy as np

from tfiqa.evaluation.cache import BLOCK
from tfiqa.evaluation.cache import FeatureStore
from tfiqa.evaluation.cache import with_progress
from tfiqa.evaluation.databases import Database
from tfiqa.scoring.assessment import assess


def add_features(
    read: Callable[[np.ndarray], np.ndarray],
    length: int,
    database: Database,
    rows: np.ndarray,
    store: FeatureStore,
    name: str,
) -> None:
    """Adds the features of some images to a store.

    Args:
        read: Function from an image, uint8 `(height, width, 3)`, to features
            `(length,)`.
        length: Number of features.
        database: Database of the images.
        rows: Rows of the images, ascending, `(n,)`.
        store: Receives the features; NaN for an image that does not decode.
        name: Name of the features, for people.
    """
    read_features: list[np.ndarray] = []

    def predict(image: np.ndarray) -> float:
        read_features.append(np.asarray(read(image), np.float32))
        return 0.0  # Flat images have features too.

    block = []
    assessments = assess(database.readers(rows), predict)
    ids = database.image_ids[rows].tolist()
    progress_name = f"features of {name}, {database.name}"
    for assessment in with_progress(assessments, len(rows), progress_name):
        if assessment.status == "ok":
            block.append(read_features.pop())
        else:
            block.append(np.full(length, np.nan, np.float32))
        if len(block) == BLOCK or len(ids) == len(block):
            store.add(ids[: len(block)], np.stack(block))
            ids, block = ids[len(block) :], []
