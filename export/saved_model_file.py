"""Writes SavedModels, complete and checked against their scorers."""

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
from tfiqa.export import inputs
from tfiqa.export import parity
from tfiqa.export import replacement
from tfiqa.export import served
from tfiqa.export.module import outputs_of
from tfiqa.export.module import switched_on
from tfiqa.export.request import ExportRequest

BAR = parity.Bar(largest=2e-4, srocc=1.0)

USE = """python
model = tf.saved_model.load("FOLDER")  # Keep the name: it owns the variables.
mos = model(images)
outputs = model.signatures["serving_default"](bytes=tf.constant([encoded, another]))
outputs["score"], outputs["status"]
"""


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
        agreement = parity.verify(
            scorer,
            *_runs(loaded),
            images=images,
            bar=BAR,
            megabytes=_megabytes(partial),
            allow_disagreement=request.allow_disagreement,
        )
        parity_json = json.dumps(agreement.as_dict(), indent=2)
        (partial / "assets" / "parity.json").write_text(parity_json)
        (partial / "README.md").write_text(card.model_card(facts, agreement, USE))
    return agreement


def write(scorer: keras.Model, folder: Path, facts: dict[str, Any]) -> None:
    """Writes the SavedModel without comparing scores."""
    run = outputs_of(scorer)
    module = served.Served(scorer, run)
    with tempfile.TemporaryDirectory() as scratch, switched_on(scorer, "unrolled"):
        asset = Path(scratch, "metadata.json")
        asset.write_text(json.dumps(facts, indent=2))
        module.metadata = tf.saved_model.Asset(str(asset))
        signatures = served.signatures(scorer, run)
        tf.saved_model.save(module, str(folder), signatures=signatures)


def _runs(loaded: Any) -> list[parity.Run]:
    """Returns the ways to call a SavedModel; each has a graph of its own."""
    run_floats, run_strings = (
        loaded.signatures["images"],
        loaded.signatures["serving_default"],
    )

    def run_encoded(images):
        encoded = tf.constant([_png(image) for image in images])
        return run_strings(bytes=encoded)["mos"][:, None]

    return [loaded, lambda x: run_floats(images=tf.constant(x))["mos"], run_encoded]


def _png(image: np.ndarray) -> bytes:
    file = io.BytesIO()
    levels = np.rint(255 * image).astype("uint8")
    Image.fromarray(levels).save(file, "PNG", compress_level=1)
    return file.getvalue()


def _megabytes(folder: Path) -> float:
    files = (path for path in folder.rglob("*") if path.is_file())
    return sum(path.stat().st_size for path in files) / 1e6
