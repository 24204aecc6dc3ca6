"""Exports a scorer as an ONNX model, for runtimes that read nothing else.

python -m tfiqa.export.onnx SCORER FILE.onnx

`images`, float32 (batch, height, width, 3), RGB in [0, 1], of any size, to `mos` and
`score` (0..100), (batch, 1), higher is better, NaN for flat pictures. What is known of
the scorer is in the file and in FILE.onnx.json beside it; FILE.onnx.md is for people.
It needs `pip install 'tfiqa[onnx]'`.

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
    file: str | os.PathLike[str],
    *,
    source: Path | None = None,
    pictures: "Sequence[np.ndarray] | str | os.PathLike[str] | None" = None,
    overwrite: bool = False,
    allow_disagreement: bool = False,
) -> "Parity":
    """Writes an ONNX model, once ONNX Runtime is seen to score as the scorer does.

    Args:
        scorer: A scorer of `tfiqa.load_scorer`, its `.keras` file, or the name of a
            preset.
        file: Where to write, `.onnx`; must not exist, nor the files that are put beside
            it, FILE.onnx.json and FILE.onnx.md.
        source: File of the scorer, for the model card; only needed with a loaded one.
        pictures: What to compare on: uint8 arrays `(height, width, 3)`, or a folder; 64
            generated pictures and a flat one when None.
        overwrite: Whether `file` may be replaced.
        allow_disagreement: Whether a file that disagrees is left; its model card says
            so.

    Returns:
        How the export agrees with the scorer, and its speed; `str` shows it as a table.

    Raises:
        FileExistsError: If the file exists and `overwrite` is false.
        ImportError: Without the packages of `tfiqa[onnx]`.
        parity.Disagreement: A `ValueError`, if the scores differ; nothing is left
            behind.
        ValueError: If the model is no scorer.

    Example:
        >>> from tfiqa.export import onnx
        >>> onnx.export("scorer.keras", "scorer.onnx")
    """
    from tfiqa.export.onnx_file import write_checked

    request = ExportRequest(scorer, file, pictures, overwrite, allow_disagreement)
    return write_checked(request, source=source)


def main(argv: list[str]) -> Status:
    """Runs the command; returns its exit status."""
    return cli.run(cli.request_of(argv, "SCORER and FILE.onnx"), export)


if __name__ == "__main__":
    command.run(cli.define_flags, main)
