"""Writes ONNX models, complete and checked against what they export."""

import importlib
import json
import warnings
from pathlib import Path
from typing import Any

import keras

from tfiqa.export import card
from tfiqa.export import gate
from tfiqa.export import inputs
from tfiqa.export import parity
from tfiqa.export import replacement
from tfiqa.export.module import input_names
from tfiqa.export.module import output_names
from tfiqa.export.module import outputs_of
from tfiqa.export.module import switched_on
from tfiqa.export.request import ExportRequest

BAR = parity.Bar(largest=1e-3, srocc=1.0, features=1e-3)
_PACKAGES = ("onnx", "onnxruntime", "tf2onnx")

USE = """python
session = onnxruntime.InferenceSession("FILE.onnx")
{results} = session.run([{names}], {{{arguments}}})
"""


class NamedOutputs(keras.Model):
    """A model of images in `[0, 1]` with the named outputs of its files."""

    def __init__(self, model: keras.Model):
        super().__init__()
        self.model = model
        # In a tuple: Keras looks for layers in functions.
        self.outputs_of = (outputs_of(model),)
        self.built = True

    def call(self, images):
        images = images if isinstance(images, list | tuple) else [images]
        outputs = self.outputs_of[0](*images)
        return {name: outputs[name] for name in output_names(self.model)}


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
        agreement = gate.verify(
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
        card.write_beside(
            partial, facts, card.model_card(facts, agreement, _use(scorer))
        )
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


def _use(scorer: keras.Model) -> str:
    names, arguments = output_names(scorer), input_names(scorer)
    return USE.format(
        results=", ".join(names) + ("," if len(names) == 1 else ""),
        names=", ".join(f'"{name}"' for name in names),
        arguments=", ".join(f'"{name}": {name}' for name in arguments),
    )


def _write(model: NamedOutputs, file: Path) -> None:
    specs = []
    for name in input_names(model.model):
        images = keras.InputSpec(shape=(None, None, None, 3), dtype="float32")
        images.name = name
        specs.append(images)
    # Several inputs are one argument, a list.
    signature = specs if len(specs) == 1 else [specs]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tf2onnx uses deprecated names of NumPy.
        model.export(file, format="onnx", verbose=False, input_signature=signature)


def runner(file: Path) -> parity.Run:
    """Returns the function from images to `mos` or `features` of a file.

    Raises:
        RuntimeError: If ONNX Runtime cannot load the file.
    """
    try:
        session = importlib.import_module("onnxruntime").InferenceSession(file)
    except Exception as error:  # Its class is in a private module.
        raise RuntimeError(f"ONNX Runtime refuses the model: {error}") from error
    inputs = [node.name for node in session.get_inputs()]
    result = session.get_outputs()[0].name

    def run(*batches):
        return session.run([result], dict(zip(inputs, batches, strict=True)))[0]

    return run
