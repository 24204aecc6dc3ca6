"""Exports a scorer as ONNX, for runtimes that read nothing else.

python -m tfiqa.export.onnx SCORER FILE.onnx

`images`, float32 (batch, height, width, 3), RGB in [0, 1], of any size, to `mos` and
`score` (0..100), (batch, 1), higher is better, NaN for flat pictures. What is known of
the scorer is in the file and in FILE.onnx.json beside it; FILE.onnx.md is for people.
It needs `pip install 'tfiqa[onnx]'`.

Exit status: 0 exported, 1 not, 2 wrong usage.
"""

import importlib
import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tfiqa.cli import command
from tfiqa.export import card
from tfiqa.export import cli
from tfiqa.export import parity
from tfiqa.export import pictures as pictures_of
from tfiqa.export import replacement
from tfiqa.export.module import check_scorer
from tfiqa.export.module import min_side
from tfiqa.export.module import outputs_of
from tfiqa.export.module import switched_on

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


def export(
    scorer: keras.Model,
    file: str | Path,
    *,
    source: Path | None = None,
    pictures: Sequence[np.ndarray] | None = None,
    overwrite: bool = False,
    allow_disagreement: bool = False,
) -> parity.Parity:
    """Writes the file, once ONNX Runtime is seen to score as the scorer does.

    Args:
        scorer: The scorer.
        file: Where to write, `.onnx`; must not exist, nor the files that are put
            beside it, FILE.onnx.json and FILE.onnx.md.
        source: The file of the scorer, to be told of.
        pictures: uint8 `(height, width, 3)` to compare on; 64 generated ones and a
            flat one when None.
        overwrite: Whether `file` may be replaced.
        allow_disagreement: Whether a file that disagrees is left, and said to.

    Raises:
        ImportError: Without the packages of `tfiqa[onnx]`.
        parity.Disagreement: If it does disagree; nothing is left behind.
    """
    file = Path(file)
    if file.suffix != ".onnx":
        raise ValueError(f"An `.onnx` file is expected. Received: {file}")
    check_scorer(scorer)
    onnx = _package()
    facts = card.description(scorer, source)
    with replacement.replacing(
        file, overwrite=overwrite, beside=card.BESIDE
    ) as partial:
        with switched_on(scorer, "portable"):
            _write(Whole(scorer), partial)
        found = parity.verify(
            scorer,
            runner(partial),
            pictures=pictures_of.compared(pictures, min_side=min_side(scorer)),
            bar=BAR,
            megabytes=partial.stat().st_size / 1e6,
            allow_disagreement=allow_disagreement,
        )
        facts["parity"] = found.as_dict()
        model = onnx.load(partial)
        told = {"tfiqa": json.dumps(facts), "version": str(facts["version"])}
        onnx.helper.set_model_props(model, told)
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


def main(argv: list[str]) -> int:
    """Runs the command; returns its exit status."""
    return cli.run(argv, "SCORER and FILE.onnx", export)


if __name__ == "__main__":
    command.run(cli.define_flags, main)
