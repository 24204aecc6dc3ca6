"""Exports a scorer as a TensorFlow SavedModel, which needs TensorFlow alone.

python -m tfiqa.export.saved_model SCORER FOLDER

A SavedModel can be called from Python and served; `docs/exports.md` shows both. Called
with float32 (batch, height, width, 3), RGB in [0, 1], of any size, it returns the MOS,
(batch, 1), higher is better, NaN for flat images. The signature `serving_default`
takes encoded images. assets/metadata.json describes the scorer, assets/parity.json how
the export agrees with it; README.md is the model card.

Exit status: 0 exported, 1 not exported, 2 wrong usage, 70 an internal error.
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

    from tfiqa.export.feature_parity import FeatureParity
    from tfiqa.export.parity import Parity


def export(
    scorer: "keras.Model | str | os.PathLike[str]",
    folder: str | os.PathLike[str],
    *,
    source: Path | None = None,
    images: "Sequence[np.ndarray] | str | os.PathLike[str] | None" = None,
    overwrite: bool = False,
    allow_disagreement: bool = False,
) -> "Parity | FeatureParity":
    """Writes a SavedModel after checking that it gives the same scores.

    Args:
        scorer: A scorer of `tfiqa.load_scorer`, an encoder, its `.keras` file, or the
            name of a preset.
        folder: The folder to write; must not exist.
        source: File of a loaded scorer, for the model card; not needed otherwise.
        images: What to compare on: uint8 arrays `(height, width, 3)`, or a folder; 64
            generated images and a flat one when None.
        overwrite: Whether to replace `folder` if it is a SavedModel.
        allow_disagreement: Whether to keep a SavedModel that disagrees; its model card
            says so.

    Returns:
        The agreement of the export with the scorer, and its speed; `str` gives a table.

    Raises:
        FileExistsError: If `folder` exists and is not a SavedModel, or `overwrite` is
            false.
        parity.Disagreement: A `ValueError`, if the scores differ; nothing is written.
        ValueError: If the model is neither a scorer nor an encoder.

    Example:
        >>> from tfiqa.export import saved_model
        >>> saved_model.export("scorer.keras", "exported")
    """
    from tfiqa.export.saved_model_file import write_checked

    request = ExportRequest(scorer, folder, images, overwrite, allow_disagreement)
    return write_checked(request, source=source)


def define_flags() -> None:
    """Defines the flags of this command."""
    cli.define_flags()


def main(argv: list[str]) -> Status:
    """Runs the command; returns its exit status."""
    return cli.run(cli.request_of(argv, "SCORER and FOLDER"), export)


if __name__ == "__main__":
    command.run(define_flags, main)
