"""Exports a scorer as a TensorFlow SavedModel, which needs TensorFlow alone.

python -m tfiqa.export.saved_model SCORER FOLDER

It is a reusable model and a server at once; `docs/exports.md` shows both. Called with
float32 (batch, height, width, 3), RGB in [0, 1], of any size, it returns the MOS,
(batch, 1), higher is better, NaN for flat pictures. The signature `serving_default`
takes encoded pictures. What is known of the scorer is in assets/metadata.json, how the
export agrees with it in assets/parity.json, both for people in README.md.

Exit status: 0 exported, 1 not, 2 wrong usage, 70 a fault of the program.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tfiqa.cli import command
from tfiqa.cli.status import Status
from tfiqa.export import cli
from tfiqa.export.request import ExportRequest

if TYPE_CHECKING:  # `--help` costs no Keras.
    import keras
    import numpy as np

    from tfiqa.export.parity import Parity


def export(
    scorer: "keras.Model | str | os.PathLike[str]",
    folder: str | os.PathLike[str],
    *,
    source: Path | None = None,
    pictures: "Sequence[np.ndarray] | str | os.PathLike[str] | None" = None,
    overwrite: bool = False,
    allow_disagreement: bool = False,
) -> "Parity":
    """Writes a SavedModel, once it is seen to score as the scorer does.

    Args:
        scorer: A scorer of `tfiqa.load_scorer`, its `.keras` file, or the name of a
            preset.
        folder: Where to write; must not exist.
        source: File of the scorer, for the model card; only needed with a loaded one.
        pictures: What to compare on: uint8 arrays `(height, width, 3)`, or a folder; 64
            generated pictures and a flat one when None.
        overwrite: Whether `folder` may be a SavedModel that is replaced.
        allow_disagreement: Whether a SavedModel that disagrees is left; its model card
            says so.

    Returns:
        How the export agrees with the scorer, and its speed; `str` shows it as a table.

    Raises:
        FileExistsError: If there is something else, or `overwrite` is false.
        parity.Disagreement: A `ValueError`, if the scores differ; nothing is left
            behind.
        ValueError: If the model is no scorer.

    Example:
        >>> from tfiqa.export import saved_model
        >>> saved_model.export("scorer.keras", "exported")
    """
    from tfiqa.export.saved_model_file import write_checked

    request = ExportRequest(scorer, folder, pictures, overwrite, allow_disagreement)
    return write_checked(request, source=source)


def main(argv: list[str]) -> Status:
    """Runs the command; returns its exit status."""
    return cli.run(cli.request_of(argv, "SCORER and FOLDER"), export)


if __name__ == "__main__":
    command.run(cli.define_flags, main)
