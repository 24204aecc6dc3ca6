"""Encoders from files: a single one, or several whose features a method joins."""

from pathlib import Path

import keras

from tfiqa.methods.table import METHODS
from tfiqa.scoring.encoder import load_encoder


def open_encoder(model: str) -> keras.Model:
    """Returns the encoder of one file, or of several files that a method can join.

    Args:
        model: A `.keras` file of an encoder, or of a scorer, whose layer `features` is
            used; or the name of a preset. Several files are separated by commas, in the
            order that the method expects: Re-IQA's are `QUALITY.keras,CONTENT.keras`.

    Returns:
        The model from float32 `(batch, height, width, 3)` in `[0, 255]` to float32
        `(batch, d)`.

    Raises:
        OSError: If a file does not exist.
        ValueError: If a file holds no encoder, or no method joins that many files.
    """
    paths = tuple(map(Path, model.split(",")))
    if len(paths) == 1:
        return load_encoder(model)
    joining = [method for method in METHODS.values() if method.join_encoders]
    for method in joining:
        if method.join_encoders is not None and len(paths) == len(method.encoders):
            return method.join_encoders(*paths)
    allowed = " or ".join(
        f"{len(method.encoders)}, of {' and '.join(method.encoders)}"
        for method in joining
    )
    raise ValueError(f"One file, or {allowed}, are expected. Received: {model}")
