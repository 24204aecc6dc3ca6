"""Exports a scorer as an ONNX model.

python -m tfiqa.export.onnx SCORER FILE.onnx

The model takes `images`, float32 (batch, height, width, 3), RGB in [0, 1], of any size.
It returns `mos` and `score` (0..100), (batch, 1): higher is better, NaN for flat ones.
Metadata of the scorer are in the file and in FILE.onnx.json; FILE.onnx.md is the model
card. The export needs `pip install 'tfiqa[onnx]'`.

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
    file: str | os.PathLike[str],
    *,
    source: Path | None = None,
    images: "Sequence[np.ndarray] | str | os.PathLike[str] | None" = None,
    overwrite: bool = False,
    allow_disagreement: bool = False,
) -> "Parity | FeatureParity":
    """Writes an ONNX model after checking that ONNX Runtime gives the same scores.

    Args:
        scorer: A scorer of `tfiqa.load_scorer`, an encoder, its `.keras` file, or the
            name of a preset.
        file: The `.onnx` file to write. FILE.onnx.json and FILE.onnx.md are written
            beside it. None of them may exist.
        source: File of a loaded scorer, for the model card; not needed otherwise.
        images: What to compare on: uint8 arrays `(height, width, 3)`, or a folder; 64
            generated images and a flat one when None.
        overwrite: Whether `file` may be replaced.
        allow_disagreement: Whether to keep a file that disagrees; its model card says
            so.

    Returns:
        The agreement of the export with the scorer, and its speed; `str` gives a table.

    Raises:
        FileExistsError: If a file exists and `overwrite` is false.
        ImportError: If the packages of `tfiqa[onnx]` are not installed.
        parity.Disagreement: A `ValueError`, if the scores differ; nothing is written.
        ValueError: If the model is neither a scorer nor an encoder.

    Example:
        >>> from tfiqa.export import onnx
        >>> onnx.export("scorer.keras", "scorer.onnx")
    """
    from tfiqa.export.onnx_file import write_checked

    request = ExportRequest(scorer, file, images, overwrite, allow_disagreement)
    return write_checked(request, source=source)


def define_flags() -> None:
    """Defines the flags of this command."""
    cli.define_flags()


def main(argv: list[str]) -> Status:
    """Runs the command; returns its exit status."""
    return cli.run(cli.request_of(argv, "SCORER and FILE.onnx"), export)


if __name__ == "__main__":
    command.run(define_flags, main)
