"""Loading of encoders, models from images to features.

An encoder is a `keras.Model` from float32 `(batch, height, width, 3)`, RGB in
`[0, 255]`, to float32 `(batch, d)`. A scorer holds one, up to its layer named
`features`.
"""

import os

import keras

from tfiqa import layers
from tfiqa.scoring.serialization import completed_scorer
from tfiqa.scoring.serialization import load_model
from tfiqa.scoring.serialization import scorer_path
from tfiqa.scoring.shipped import file_of

# Suffix of an encoder's name, after the name of the method that trained it.
_NAME = "_encoder"


def load_encoder(
    path: str | os.PathLike[str], *, method: str | None = None
) -> keras.Model:
    """Returns the encoder saved at `path`, or that of the scorer saved there.

    Args:
        path: A `.keras` file, or the name of a preset.
        method: The method that must have trained it, if the file names one.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If Keras cannot load the file, its model does not map images to
            features, or another method trained it.
    """
    path = file_of(path)
    if not path.is_file():
        raise FileNotFoundError(
            "The file of an encoder, or the name of a preset, is expected. "
            f"Received: {str(path)!r}"
        )
    model = load_model(path, what="An encoder")
    trained_by = _method_of(model)
    if method is not None and trained_by not in (None, method):
        raise ValueError(
            f"An encoder of {method} is expected. Received: {str(path)!r}, which is of "
            f"{trained_by}"
        )
    if len(model.inputs) > 1:
        raise ValueError(
            "A model of one image is expected. "
            f"Received: {str(path)!r}, which compares an image with its reference"
        )
    if "features" in {layer.name for layer in model.layers}:
        model = keras.Model(model.input, model.get_layer("features").output)
    check_encoder(model, name=str(path))
    return model


def load_scorer_or_encoder(name_or_path: str | os.PathLike[str]) -> keras.Model:
    """Returns the scorer, or else the encoder, saved at a path.

    Args:
        name_or_path: A `.keras` file, or the name of a preset.

    Raises:
        FileNotFoundError: If no file or preset has this name.
        ValueError: If Keras cannot load the file, or its model is neither.
    """
    path = scorer_path(name_or_path)
    model = load_model(path, what="A scorer or an encoder")
    if isinstance(model.layers[-1], layers.MOS | layers.PackagedTrunk):
        return completed_scorer(model)
    check_encoder(model, name=str(path))
    return model


def check_encoder(model: keras.Model, *, name: str | None = None) -> None:
    """Raises `ValueError` unless a model maps images of any size to features.

    Args:
        model: The model.
        name: Name of the model in the message; its own when None.
    """
    inputs, outputs = model.input_shape, model.output_shape
    if len(inputs) != 4 or inputs[-1] != 3 or len(outputs) != 2:
        raise ValueError(
            "An encoder from `(batch, height, width, 3)` to `(batch, d)` is expected. "
            f"Received: {name or model.name!r}, from {inputs} to {outputs}"
        )


def _method_of(model: keras.Model) -> str | None:
    """Returns the method that trained a model; None if unknown."""
    last = model.layers[-1]
    if isinstance(last, layers.MOS):
        return last.metadata.get("method")
    return model.name.removesuffix(_NAME) if model.name.endswith(_NAME) else None
