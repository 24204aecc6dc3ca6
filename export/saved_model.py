"""Exports a scorer as a TensorFlow SavedModel, which needs TensorFlow alone.

python -m tfiqa.export.saved_model SCORER FOLDER

It is a reusable model and a server at once; `docs/exports.md` shows both. Called with
float32 (batch, height, width, 3), RGB in [0, 1], of any size, it returns the MOS,
(batch, 1), higher is better, NaN for flat pictures. The signature `serving_default`
takes encoded pictures. What is known of the scorer is in assets/metadata.json, how the
export agrees with it in assets/parity.json, both for people in README.md.

Exit status: 0 exported, 1 not, 2 wrong usage.
"""

import io
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

from tfiqa.cli import command
from tfiqa.export import card
from tfiqa.export import cli
from tfiqa.export import parity
from tfiqa.export import pictures as pictures_of
from tfiqa.export import replacement
from tfiqa.export import served
from tfiqa.export.module import check_scorer
from tfiqa.export.module import min_side
from tfiqa.export.module import outputs_of

BAR = parity.Bar(largest=2e-4, srocc=1.0)

USE = """python
model = tf.saved_model.load("FOLDER")  # Keep the name: it owns the variables.
mos = model(images)
outputs = model.signatures["serving_default"](bytes=tf.constant([encoded, another]))
outputs["score"], outputs["status"]
"""


def export(
    scorer: keras.Model,
    folder: str | Path,
    *,
    source: Path | None = None,
    pictures: Sequence[np.ndarray] | None = None,
    overwrite: bool = False,
    allow_disagreement: bool = False,
) -> parity.Parity:
    """Writes the SavedModel, once it is seen to score as the scorer does.

    Args:
        scorer: The scorer.
        folder: Where to write; must not exist.
        source: The file of the scorer, to be told of.
        pictures: uint8 `(height, width, 3)` to compare on; 64 generated ones and a
            flat one when None.
        overwrite: Whether `folder` may be a SavedModel that is replaced.
        allow_disagreement: Whether one that disagrees is left, and said to.

    Raises:
        parity.Disagreement: If it does disagree; nothing is left behind.
    """
    folder = Path(folder)
    check_scorer(scorer)
    pictures = pictures_of.compared(pictures, min_side=min_side(scorer))
    facts = card.description(scorer, source)
    with replacement.replacing(folder, overwrite=overwrite) as partial:
        write(scorer, partial, facts)
        loaded = tf.saved_model.load(str(partial))
        found = parity.verify(
            scorer,
            *_ways(loaded),
            pictures=pictures,
            bar=BAR,
            megabytes=_megabytes(partial),
            allow_disagreement=allow_disagreement,
        )
        compared = json.dumps(found.as_dict(), indent=2)
        (partial / "assets" / "parity.json").write_text(compared)
        (partial / "README.md").write_text(card.model_card(facts, found, USE))
    return found


def write(scorer: keras.Model, folder: Path, facts: dict[str, Any]) -> None:
    """Writes the SavedModel, unchecked."""
    run = outputs_of(scorer)
    module = served.Served(scorer, run)
    with tempfile.TemporaryDirectory() as scratch:
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


def main(argv: list[str]) -> int:
    """Runs the command; returns its exit status."""
    return cli.run(argv, "SCORER and FOLDER", export)


if __name__ == "__main__":
    command.run(cli.define_flags, main)
