"""Writing of SavedModels: complete, and seen to score as the scorer does."""

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
    """Writes the SavedModel, once it scores as the scorer does.

    Args:
        request: What to export.
        source: File of the scorer, for the description; the request's own when None.

    Raises:
        parity.Disagreement: If it does not; nothing is left behind.
    """
    scorer, file = inputs.loaded(request.scorer)
    pictures = inputs.compared(request.pictures, scorer)
    facts = card.description(scorer, source or file)
    with replacement.replacing(
        Path(request.path), overwrite=request.overwrite
    ) as partial:
        write(scorer, partial, facts)
        loaded = tf.saved_model.load(str(partial))
        found = parity.verify(
            scorer,
            *_ways(loaded),
            pictures=pictures,
            bar=BAR,
            megabytes=_megabytes(partial),
            allow_disagreement=request.allow_disagreement,
        )
        compared = json.dumps(found.as_dict(), indent=2)
        (partial / "assets" / "parity.json").write_text(compared)
        (partial / "README.md").write_text(card.model_card(facts, found, USE))
    return found


def write(scorer: keras.Model, folder: Path, facts: dict[str, Any]) -> None:
    """Writes the SavedModel, unchecked."""
    run = outputs_of(scorer)
    module = served.Served(scorer, run)
    with tempfile.TemporaryDirectory() as scratch, switched_on(scorer, "unrolled"):
        asset = Path(scratch, "metadata.json")
        asset.write_text(json.dumps(facts, indent=2))
        module.metadata = tf.saved_model.Asset(str(asset))
        signatures = served.signatures(scorer, run)
        tf.saved_model.save(module, str(folder), signatures=signatures)


def _ways(loaded: Any) -> list[parity.Run]:
    """Returns the ways to call a SavedModel, each with its own graph."""
    images, strings = loaded.signatures["images"], loaded.signatures["serving_default"]

    def as_strings(pictures):
        encoded = tf.constant([_png(picture) for picture in pictures])
        return strings(bytes=encoded)["mos"][:, None]

    return [loaded, lambda x: images(images=tf.constant(x))["mos"], as_strings]


def _png(picture: np.ndarray) -> bytes:
    file = io.BytesIO()
    levels = np.rint(255 * picture).astype("uint8")
    Image.fromarray(levels).save(file, "PNG", compress_level=1)
    return file.getvalue()


def _megabytes(folder: Path) -> float:
    files = (path for path in folder.rglob("*") if path.is_file())
    return sum(path.stat().st_size for path in files) / 1e6
