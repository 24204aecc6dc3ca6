"""Loading of encoders, models from pictures to features.

An encoder is a `keras.Model` from float32 `(batch, height, width, 3)`, RGB in
`[0, 255]`, to float32 `(batch, d)`. A scorer holds one, up to its layer named
`features`.
"""

import os
import zipfile
from pathlib import Path

import keras


def load_encoder(path: str | os.PathLike[str]) -> keras.Model:
    """Returns the encoder saved at `path`, or that of the scorer saved there.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is no `.keras` file, or its model does not map pictures
            to features.
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
    if len(model.inputs) > 1:
        raise ValueError(
            "A model of one picture is expected. "
            f"Received: {str(path)!r}, which compares a picture with its reference"
        )
    if "features" in {layer.name for layer in model.layers}:
        model = keras.Model(model.input, model.get_layer("features").output)
    inputs, outputs = model.input_shape, model.output_shape
    if len(inputs) != 4 or inputs[-1] != 3 or len(outputs) != 2:
        raise ValueError(
            "An encoder from `(batch, height, width, 3)` to `(batch, d)` is expected. "
            f"Received: {str(path)!r}, from {inputs} to {outputs}"
        )
    return model
