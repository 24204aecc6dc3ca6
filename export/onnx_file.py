"""Writing of ONNX models: complete, and seen to score as the scorer does."""

import importlib
import json
import warnings
from pathlib import Path
from typing import Any

import keras

from tfiqa.export import card
from tfiqa.export import inputs
from tfiqa.export import parity
from tfiqa.export import replacement
from tfiqa.export.module import outputs_of
from tfiqa.export.module import switched_on
from tfiqa.export.request import ExportRequest

BAR = parity.Bar(largest=1e-3, srocc=1.0)
_PACKAGES = ("onnx", "onnxruntime", "tf2onnx")

USE = """python
session = onnxruntime.InferenceSession("FILE.onnx")
mos, score = session.run(["mos", "score"], {"images": images})
"""


class Whole(keras.Model):
    """A scorer on pictures in `[0, 1]`, with what it is asked for by name."""

    def __init__(self, scorer: keras.Model):
        super().__init__()
        self.scorer = scorer
        # In a tuple: Keras looks for layers in functions.
        self.outputs_of = (outputs_of(scorer),)
        self.built = True

    def call(self, images):
        outputs = self.outputs_of[0](images)
        return {name: outputs[name] for name in ("mos", "score")}


def write_checked(request: ExportRequest, *, source: Path | None) -> parity.Parity:
    """Writes the file, once ONNX Runtime scores as the scorer does.

    Args:
        request: What to export.
        source: File of the scorer, for the description; the request's own when None.

    Raises:
        ImportError: Without the packages of `tfiqa[onnx]`.
        parity.Disagreement: If it does not; nothing is left behind.
    """
    file = Path(request.path)
    if file.suffix != ".onnx":
        raise ValueError(f"An `.onnx` file is expected. Received: {file}")
    scorer, loaded_from = inputs.loaded(request.scorer)
    onnx = _package()
    facts = card.description(scorer, source or loaded_from)
    with replacement.replacing(
        file, overwrite=request.overwrite, beside=card.BESIDE
    ) as partial:
        with switched_on(scorer, "portable", "unrolled", "by_erf"):
            _write(Whole(scorer), partial)
        found = parity.verify(
            scorer,
            runner(partial),
            pictures=inputs.compared(request.pictures, scorer),
            bar=BAR,
            megabytes=partial.stat().st_size / 1e6,
            allow_disagreement=request.allow_disagreement,
        )
        facts["parity"] = found.as_dict()
        model = onnx.load(partial)
        properties = {"tfiqa": json.dumps(facts), "version": str(facts["version"])}
        onnx.helper.set_model_props(model, properties)
        onnx.save(model, partial)
        card.write_beside(partial, facts, card.model_card(facts, found, USE))
    return found


def _package() -> Any:
    """Returns the package `onnx`, once those that convert and run are there too."""
    try:
        found = [importlib.import_module(name) for name in _PACKAGES]
    except ImportError as error:
        raise ImportError(
            f"ONNX needs `pip install 'tfiqa[onnx]'`. Received: {error}"
        ) from error
    return found[0]


def _write(model: Whole, file: Path) -> None:
    images = keras.InputSpec(shape=(None, None, None, 3), dtype="float32")
    images.name = "images"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Names that NumPy used to have.
        model.export(file, format="onnx", verbose=False, input_signature=[images])


def runner(file: Path) -> parity.Run:
    """Returns the function from `images` to `mos` that a file holds.

    Raises:
        RuntimeError: If ONNX Runtime does not take it.
    """
    try:
        session = importlib.import_module("onnxruntime").InferenceSession(file)
    except Exception as error:  # Its classes are of a private module.
        raise RuntimeError(f"ONNX Runtime refuses the model: {error}") from error
    return lambda images: session.run(["mos"], {"images": images})[0]
