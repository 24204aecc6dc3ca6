"""Loading of `.keras` files, with errors that tell what is wrong with a file."""

import re
import zipfile
from pathlib import Path

import keras


def load(path: Path, what: str) -> keras.Model:
    """Returns the model saved at `path`.

    Args:
        path: A file that exists.
        what: What it should hold, for messages: "A scorer".

    Raises:
        ValueError: If it is no `.keras` file, or none that Keras can load.
    """
    if path.suffix != ".keras" or not zipfile.is_zipfile(path):
        raise ValueError(
            f"{what} in a `.keras` file, as `tfiqa.train` writes it, is expected. "
            f"Received: {str(path)!r}"
        )
    try:
        model = keras.saving.load_model(path, compile=False)
    except Exception as error:  # Broken files make it raise in many ways.
        raise ValueError(
            f"{what} that Keras can load, of layers of this version of `tfiqa`, is "
            f"expected. Received: {str(path)!r}: {_told(error)}"
        ) from error
    if not getattr(model, "inputs", None):
        raise ValueError(
            f"{what}, a functional model of pictures, is expected. "
            f"Received: {str(path)!r}, a {type(model).__name__}"
        )
    return model


def _told(error: Exception) -> str:
    """Returns what an error of Keras tells, without the config of all layers."""
    unknown = re.search(r"Could not locate class '[^']+'", str(error))
    told = unknown.group() if unknown else str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {told}"
