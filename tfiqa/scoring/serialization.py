"""Models in `.keras` files."""

import os
from pathlib import Path

import keras

from tfiqa.files import atomic


def save_model(model: keras.Model, path: str | os.PathLike[str]) -> Path:
    """Writes a model under a temporary name and renames it.

    Args:
        model: A scorer, an encoder or any other Keras model.
        path: A file that ends in `.keras`, in an existing folder.

    Returns:
        The path.
    """
    with atomic.replacing(path) as written:
        model.save(written)
    return Path(path)
