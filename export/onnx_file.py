"""Writes ONNX models, complete and checked against their scorers."""

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


class NamedOutputs(keras.Model):
    """A scorer of images in `[0, 1]` with named outputs, `mos` and `score`."""

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
    """Writes the file after checking that ONNX Runtime gives the same scores.

    Args:
        request: The scorer to export, and where to write it.
        source: File of the scorer, for the description; that of the request when None.

    Raises:
        ImportError: If the packages of `tfiqa[onnx]` are not installed.
        parity.Disagreement: If the scores differ; nothing is written.
    """
    file = Path(request.path)
    if file.suffix != ".onnx":
        raise ValueError(f"An `.onnx` file is expected. Received: {file}")
    scorer, scorer_file = inputs.loaded(request.scorer)
    onnx = _package()
    facts = card.description(scorer, source or scorer_file)
    with replacement.replacing(
        file, overwrite=request.overwrite, beside=card.BESIDE
    ) as partial:
        with switched_on(scorer, "portable", "unrolled", "by_erf"):
            _write(NamedOutputs(scorer), partial)
        agreement = parity.verify(
            scorer,
            runner(partial),
            images=inputs.comparison_images(request.images, scorer),
            bar=BAR,
            megabytes=partial.stat().st_size / 1e6,
            allow_disagreement=request.allow_disagreement,
        )
        facts["parity"] = agreement.as_dict()
        model = onnx.load(partial)
        properties = {"tfiqa": json.dumps(facts), "version": str(facts["version"])}
        onnx.helper.set_model_props(model, properties)
        onnx.save(model, partial)
        card.write_beside(partial, facts, card.model_card(facts, agreement, USE))
    return agreement


def _package() -> Any:
    """Returns the package `onnx`, after importing all that the export needs."""
    try:
        modules = [importlib.import_module(name) for name in _PACKAGES]
    except ImportError as error:
        raise ImportError(
            f"ONNX needs `pip install 'tfiqa[onnx]'`. Received: {error}"
        ) from error
    return modules[0]


def _write(model: NamedOutputs, file: Path) -> None:
    images = keras.InputSpec(shape=(None, None, None, 3), dtype="float32")
    images.name = "images"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tf2onnx uses deprecated names of NumPy.
        model.export(file, format="onnx", verbose=False, input_signature=[images])


def runner(file: Path) -> parity.Run:
    """Returns the function from `images` to `mos` of a file.

    Raises:
        RuntimeError: If ONNX Runtime cannot load the file.
    """
    try:
        session = importlib.import_module("onnxruntime").InferenceSession(file)
    except Exception as error:  # Its class is in a private module.
        raise RuntimeError(f"ONNX Runtime refuses the model: {error}") from error
    return lambda images: session.run(["mos"], {"images": images})[0]
