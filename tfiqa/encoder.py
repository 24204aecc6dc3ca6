"""Loading of encoders, models from pictures to features.

An encoder is a `keras.Model` from float32 `(batch, height, width, 3)`, RGB in
`[0, 255]`, of any size, to float32 `(batch, d)`. A scorer holds one, up to its layer
named `features`.
"""

import os
import zipfile
from pathlib import Path

import keras


def load_encoder(path: str | os.PathLike[str]) -> keras.Model:
    """Returns the encoder saved at `path`, or that of the scorer saved there.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is no `.keras` file, or its model has no features.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"The file of an encoder is expected. Received: {str(path)!r}"
        )
    if path.suffix != ".keras" or not zipfile.is_zipfile(path):
        raise ValueError(
            "An encoder in a `.keras` file, as `tfiqa.train` writes it, is expected. "
            f"Received: {str(path)!r}"
        )
    model = keras.saving.load_model(path, compile=False)
    if "features" not in {layer.name for layer in model.layers}:
        raise ValueError(
            "A model with a layer named `features` is expected. "
            f"Received: {str(path)!r}, which holds {model.name!r}"
        )
    if len(model.inputs) > 1:
        raise ValueError(
            "A model of one picture is expected. "
            f"Received: {str(path)!r}, which compares a picture with its reference"
        )
    return keras.Model(model.input, model.get_layer("features").output)
