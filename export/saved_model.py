"""Exports a scorer as a TensorFlow SavedModel, which needs TensorFlow alone.

python -m tfiqa.export.saved_model SCORER FOLDER

Use: model = tf.saved_model.load(FOLDER); model(images). `images` is float32 (batch,
height, width, 3), RGB in [0, 1], of any size; the result is the MOS, (batch, 1), higher
is better, NaN for flat pictures. The signatures `serving_default` and `images` take
`images` and return `mos`, `score` (the MOS mapped to 0..100 by the range of the
training MOS, and beyond where the MOS is beyond) and `features`. What the scorer knows
of itself is in assets/metadata.json. Keep the loaded model in a name: it owns the
variables.
"""

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from absl import app
from absl import flags

from tfiqa import command
from tfiqa.export import parity
from tfiqa.export import target
from tfiqa.export.module import Exported
from tfiqa.scorer import load_scorer
from tfiqa.scorer import metadata

BOUND = 1e-5


def export(
    scorer: keras.Model,
    folder: Path,
    *,
    pictures: Sequence[np.ndarray] | None = None,
    overwrite: bool = False,
) -> parity.Parity:
    """Writes the SavedModel, once it is seen to score as the scorer does.

    Args:
        scorer: The scorer.
        folder: Where to write; must not exist.
        pictures: uint8 `(height, width, 3)` to compare on; generated when None.
        overwrite: Whether `folder` may be a SavedModel that is replaced.

    Raises:
        parity.Disagreement: If it does not; nothing is left behind.
    """
    if pictures is None:
        pictures = parity.generated_pictures(metadata(scorer).get("min_side", 1))
    with target.replacing(folder, overwrite=overwrite) as partial:
        write(scorer, partial)
        loaded = tf.saved_model.load(str(partial))
        serve = loaded.signatures["serving_default"]
        return parity.verify(
            scorer,
            loaded,
            lambda images: serve(images=tf.constant(images))["mos"],
            pictures=pictures,
            bound=BOUND,
        )


def write(scorer: keras.Model, folder: Path) -> None:
    """Writes the SavedModel, unchecked."""
    module = Exported(scorer)
    with tempfile.TemporaryDirectory() as scratch:
        asset = Path(scratch, "metadata.json")
        asset.write_text(json.dumps(metadata(scorer), indent=2))
        module.metadata = tf.saved_model.Asset(str(asset))
        both = {"serving_default": module.all_outputs, "images": module.all_outputs}
        tf.saved_model.save(module, str(folder), signatures=both)


def define_flags() -> None:
    """Defines the flags of this command."""
    flags.DEFINE_string("images", None, "Folder of pictures to compare on.")
    flags.DEFINE_boolean("overwrite", False, "Replaces a SavedModel that is there.")


def main(argv: list[str]) -> int:
    """Runs the command; returns its exit status."""
    if len(argv) != 3:
        raise app.UsageError("SCORER and FOLDER are expected.")
    given = flags.FLAGS
    try:
        pictures = None if given.images is None else parity.pictures_of(given.images)
        found = export(
            load_scorer(argv[1]),
            Path(argv[2]),
            pictures=pictures,
            overwrite=given.overwrite,
        )
    except (OSError, RuntimeError, ValueError) as error:
        print(f"Not exported. {error}", file=sys.stderr)
        return 1
    print(f"{argv[2]}: {found}")
    return 0


if __name__ == "__main__":
    command.run(define_flags, main)
