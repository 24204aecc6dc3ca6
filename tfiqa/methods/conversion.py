"""Official checkpoints of the methods, as scorers and encoders."""

import dataclasses
import os
from collections.abc import Mapping
from typing import Any

import keras

from tfiqa.backbones import checkpoints
from tfiqa.methods.base import Method
from tfiqa.methods.table import METHODS


@dataclasses.dataclass(frozen=True)
class ConversionRequest:
    """Which checkpoint to convert, and how images are prepared for it.

    Attributes:
        method: A key of `METHODS`, of a method with `convert`.
        checkpoint: A `.npz` or `.safetensors` file, one of `torch.save`, a `.mat` file,
            or what the method's `read_checkpoint` reads; no code in it is run.
        recipe: A recipe of the method.
        fields: Values by the name of a field of the method's config.
        regressor: The file of a regressor published with the encoder, if any.
    """

    method: str
    checkpoint: str | os.PathLike[str]
    recipe: str = "paper"
    fields: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    regressor: str | None = None


def convert_checkpoint(request: ConversionRequest) -> keras.Model:
    """Returns the scorer or the encoder of an official checkpoint.

    Example:
        >>> model = convert_checkpoint(ConversionRequest("brisque", "allmodel"))
        >>> tfiqa.scoring.save_model(model, "brisque.keras")

    Raises:
        ValueError: If the method has no official checkpoint or takes no regressor, or
            if an array is missing, superfluous or of another shape.
        ImportError: If a package that reads the file is not installed.
        OSError: If a file cannot be read.
    """
    method = METHODS[request.method]
    if method.convert is None:
        raise ValueError(
            f"A method with an official checkpoint ({', '.join(_convertible())}) is "
            f"expected. Received: method={request.method!r}"
        )
    check_regressor(method, request.regressor)
    config = method.configured(request.recipe, request.fields)
    read = method.read_checkpoint or checkpoints.read_arrays
    model = method.convert(read(request.checkpoint), config)
    if request.regressor is None or method.with_regressor is None:
        return model
    return method.with_regressor(model, request.regressor)


def check_regressor(method: Method, regressor: str | None) -> None:
    """Raises a `ValueError` if a regressor is named that the method cannot take."""
    if regressor is not None and method.with_regressor is None:
        raise ValueError(
            f"{method.name} takes no --regressor. Received: --regressor={regressor}"
        )


def _convertible() -> list[str]:
    return [name for name, method in METHODS.items() if method.convert is not None]
