"""Writes SavedModels, complete and checked against what they export."""

import io
import json
import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

from tfiqa.export import card
from tfiqa.export import gate
from tfiqa.export import inputs
from tfiqa.export import parity
from tfiqa.export import replacement
from tfiqa.export import served
from tfiqa.export import served_comparison
from tfiqa.export import served_encoder
from tfiqa.export.module import input_names
from tfiqa.export.module import is_encoder
from tfiqa.export.module import output_names
from tfiqa.export.module import outputs_of
from tfiqa.export.module import switched_on
from tfiqa.export.request import ExportRequest
from tfiqa.scoring.references import needs_references

BAR = parity.Bar(largest=2e-4, srocc=1.0, features=1e-4)

_LOAD = """python
model = tf.saved_model.load("FOLDER")  # Keep the name: it owns the variables.
"""
_SERVE = """outputs = model.signatures["serving_default"](
    bytes=tf.constant([encoded, another]){more}
)
outputs["{result}"], outputs["status"]
"""
USE = _LOAD + "mos = model(images)\n" + _SERVE.format(more="", result="score")
USE_ENCODER = (
    _LOAD + "features = model(images)\n" + _SERVE.format(more="", result="features")
)
USE_COMPARISON = (
    _LOAD
    + "mos = model(images, references)\n"
    + _SERVE.format(
        more=",\n    reference_bytes=tf.constant([original, other_original]),",
        result="score",
    )
)


def write_checked(request: ExportRequest, *, source: Path | None) -> parity.Parity:
    """Writes the SavedModel after checking that it gives the same scores.

    Args:
        request: The scorer to export, and where to write it.
        source: File of the scorer, for the description; that of the request when None.

    Raises:
        parity.Disagreement: If the scores differ; nothing is written.
    """
    scorer, file = inputs.loaded(request.scorer)
    images = inputs.comparison_images(request.images, scorer)
    facts = card.description(scorer, source or file)
    with replacement.replacing(
        Path(request.path), overwrite=request.overwrite
    ) as partial:
        write(scorer, partial, facts)
        loaded = tf.saved_model.load(str(partial))
        agreement = gate.verify(
            scorer,
            *_runs(loaded, scorer),
            images=images,
            bar=BAR,
            megabytes=_megabytes(partial),
            allow_disagreement=request.allow_disagreement,
        )
        parity_json = json.dumps(agreement.as_dict(), indent=2)
        (partial / "assets" / "parity.json").write_text(parity_json)
        (partial / "README.md").write_text(
            card.model_card(facts, agreement, _use(scorer))
        )
    return agreement


def write(scorer: keras.Model, folder: Path, facts: dict[str, Any]) -> None:
    """Writes the SavedModel without comparing scores."""
    run = outputs_of(scorer)
    build_module, build_signatures = _parts(scorer)
    module = build_module(scorer, run)
    with tempfile.TemporaryDirectory() as scratch, switched_on(scorer, "unrolled"):
        asset = Path(scratch, "metadata.json")
        asset.write_text(json.dumps(facts, indent=2))
        module.metadata = tf.saved_model.Asset(str(asset))
        signatures = build_signatures(scorer, run)
        tf.saved_model.save(module, str(folder), signatures=signatures)


def _parts(model: keras.Model) -> tuple[Any, Any]:
    """Returns the module's class and the function that makes the signatures."""
    if is_encoder(model):
        return served_encoder.ServedEncoder, served_encoder.signatures
    if needs_references(model):
        return served_comparison.ServedComparison, served_comparison.signatures
    return served.Served, served.signatures


def _use(model: keras.Model) -> str:
    if is_encoder(model):
        return USE_ENCODER
    return USE_COMPARISON if needs_references(model) else USE


def _runs(loaded: Any, model: keras.Model) -> list[parity.Run]:
    """Returns the ways to call a SavedModel; each has a graph of its own."""
    run_floats, run_strings = (
        loaded.signatures["images"],
        loaded.signatures["serving_default"],
    )
    result, names = output_names(model)[0], input_names(model)

    def run_images(*batches):
        arrays = zip(names, map(tf.constant, batches), strict=True)
        return run_floats(**dict(arrays))[result]

    def run_encoded(*batches):
        encoded = [tf.constant([_png(image) for image in batch]) for batch in batches]
        names = ("bytes", "reference_bytes")[: len(encoded)]
        outputs = run_strings(**dict(zip(names, encoded, strict=True)))[result]
        return outputs if is_encoder(model) else outputs[:, None]

    return [loaded, run_images, run_encoded]


def _png(image: np.ndarray) -> bytes:
    file = io.BytesIO()
    levels = np.rint(255 * image).astype("uint8")
    Image.fromarray(levels).save(file, "PNG", compress_level=1)
    return file.getvalue()


def _megabytes(folder: Path) -> float:
    files = (path for path in folder.rglob("*") if path.is_file())
    return sum(path.stat().st_size for path in files) / 1e6
