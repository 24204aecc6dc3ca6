"""Choice of the runtime for a model."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tfiqa.scoring.runtimes import light_file
from tfiqa.scoring.runtimes.base import Runtime
from tfiqa.scoring.runtimes.base import RuntimeUnavailableError
from tfiqa.scoring.runtimes.names import RUNTIMES as RUNTIMES
from tfiqa.scoring.shipped import PRESETS

if TYPE_CHECKING:
    import keras

    Model = str | os.PathLike[str] | keras.Model


def chosen(model: "Model", runtime: str = "auto", *, keras_model: bool = False) -> str:
    """Returns the name of the runtime for a model; loads nothing.

    `"auto"` chooses the one that starts fastest.

    Args:
        model: A file, the name of a preset, or a loaded scorer.
        runtime: One of `RUNTIMES`.
        keras_model: Whether the Keras model itself is needed: for maps, references,
            explanations, or other crops than in training.

    Raises:
        ValueError: If the runtime does not exist or does not run the model.
    """
    if runtime not in RUNTIMES:
        raise ValueError(
            f"One of {', '.join(RUNTIMES)} is expected. Received: {runtime!r}"
        )
    light = _light_runtime(model)
    needs_keras = keras_model and not _is_litert_file(model)
    possible = {light} if light is not None and not needs_keras else set()
    if not _is_litert_file(model):
        possible.add("keras")
    if runtime == "auto":
        return "keras" if light not in possible or light is None else light
    if runtime not in possible:
        raise ValueError(
            f"{' or '.join(sorted(possible))} is expected for this model and request. "
            f"Received: {runtime!r}; see `--help`"
        )
    return runtime


def opened(
    model: "Model", runtime: str = "auto", *, keras_model: bool = False
) -> Runtime:
    """Returns a model in its runtime.

    Args:
        model: See `chosen`.
        runtime: See `chosen`. `"auto"` falls back to Keras if the requirements of
            another runtime are not installed.
        keras_model: See `chosen`.

    Raises:
        FileNotFoundError: If the model does not exist.
        ValueError: If the runtime does not run the model, or the model cannot be
            loaded.
    """
    name = chosen(model, runtime, keras_model=keras_model)
    if keras_model and _is_litert_file(model):
        raise ValueError(
            "A scorer in Keras is expected for maps, references and other crops. "
            f"Received: {model}"
        )
    if name != "keras":
        try:
            return _opened_light(model, name)
        except RuntimeUnavailableError:
            if runtime != "auto" or _is_litert_file(model):
                raise
    # Not at the top, since they import Keras.
    from tfiqa.scoring.runtimes.keras_runtime import KerasRuntime
    from tfiqa.scoring.serialization import load_scorer

    if isinstance(model, str | os.PathLike):
        model = load_scorer(model)
    return KerasRuntime(model)


def _opened_light(model: "Model", name: str) -> Runtime:
    if name == "numpy":
        from tfiqa.scoring.runtimes.numpy_runtime import NumpyRuntime

        return NumpyRuntime(_preset(model))
    from tfiqa.scoring.runtimes import litert_runtime

    if _is_litert_file(model):
        return litert_runtime.LiteRTFile(Path(model))
    return litert_runtime.LiteRTPreset(_preset(model))


def _light_runtime(model: "Model") -> str | None:
    """Returns the runtime that runs a model without Keras; None if none does."""
    if _is_litert_file(model):
        return "litert"
    if not isinstance(model, str) or Path(model).is_file():
        return None
    return light_file.runtime_of(_preset(model))


def _preset(name: "Model") -> Path:
    return PRESETS / f"{name}.keras"


def _is_litert_file(model: "Model") -> bool:
    return isinstance(model, str | os.PathLike) and Path(model).suffix == ".tflite"
