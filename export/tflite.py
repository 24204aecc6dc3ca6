"""Exports a scorer for LiteRT (TensorFlow Lite), with built-in operators alone.

python -m tfiqa.export.tflite SCORER FILE.tflite [--precision int8] [--height --width]

The signature `serving_default` takes `images`, float32 (batch, height, width, 3), RGB
in [0, 1], of any size unless one is given, and returns `mos` and `score` (0..100),
(batch, 1), higher is better, NaN for flat pictures. What is known of the scorer is in
the file, for the tools that read such metadata, and beside it in FILE.tflite.json;
FILE.tflite.md is for people.

  float32   the default
  float16   stores the weights in half the bytes
  dynamic   stores them in a quarter
  int8      also computes the trunk in integers; what makes a score of it stays float32
  --full_integer   of int8: all in integers, from uint8 pictures to a uint8 MOS. Such a
            file has no NaN, few different scores, and one output, `mos`

Exit status: 0 exported, 1 not, 2 wrong usage, 70 a fault of the program.
"""

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from absl import app
from absl import flags

from tfiqa.cli import command
from tfiqa.cli.status import Status
from tfiqa.export import cli
from tfiqa.export.request import PRECISIONS
from tfiqa.export.request import LiteRTRequest

if TYPE_CHECKING:  # `--help` costs no Keras.
    import keras
    import numpy as np

    from tfiqa.export.parity import Parity


def export(
    scorer: "keras.Model | str | os.PathLike[str]",
    file: str | os.PathLike[str],
    *,
    source: Path | None = None,
    precision: str = "float32",
    full_integer: bool = False,
    size: tuple[int, int] | None = None,
    representative: "Sequence[np.ndarray] | str | os.PathLike[str] | None" = None,
    pictures: "Sequence[np.ndarray] | str | os.PathLike[str] | None" = None,
    overwrite: bool = False,
    allow_disagreement: bool = False,
) -> "Parity":
    """Writes a LiteRT model, once LiteRT is seen to score as the scorer does.

    Args:
        scorer: A scorer of `tfiqa.load_scorer`, its `.keras` file, or the name of a
            preset.
        file: Where to write, `.tflite`; must not exist, nor the files that are put
            beside it, FILE.tflite.json and FILE.tflite.md.
        source: File of the scorer, for the model card; only needed with a loaded one.
        precision: One of `PRECISIONS`; see the head of this module.
        full_integer: See the head of this module.
        size: Height and width of all pictures; any when None.
        representative: Pictures from which `"int8"` takes its ranges: uint8 arrays
            `(height, width, 3)`, or a folder; generated when None.
        pictures: What to compare on: uint8 arrays `(height, width, 3)`, or a folder; 64
            generated pictures and a flat one when None.
        overwrite: Whether `file` may be replaced.
        allow_disagreement: Whether a file that disagrees is left; its model card says
            so.

    Returns:
        How the export agrees with the scorer, and its speed; `str` shows it as a table.

    Raises:
        FileExistsError: If the file exists and `overwrite` is false.
        parity.Disagreement: A `ValueError`, if the scores differ; nothing is left
            behind.
        ValueError: If the model is no scorer, or has an operation that LiteRT lacks.

    Example:
        >>> from tfiqa.export import tflite
        >>> tflite.export("scorer.keras", "scorer.tflite", precision="float16")
    """
    from tfiqa.export.tflite_file import write_checked

    request = LiteRTRequest(
        scorer=scorer,
        path=file,
        pictures=pictures,
        overwrite=overwrite,
        allow_disagreement=allow_disagreement,
        precision=precision,
        full_integer=full_integer,
        size=size,
        representative=representative,
    )
    return write_checked(request, source=source)


def define_flags() -> None:
    """Defines the flags of this command."""
    cli.define_flags()
    flags.DEFINE_enum("precision", "float32", [*PRECISIONS], "See above.")
    flags.DEFINE_boolean("full_integer", False, "See above.")
    flags.DEFINE_integer("height", None, "Of all pictures.", lower_bound=1)
    flags.DEFINE_integer("width", None, "Of all pictures.", lower_bound=1)
    flags.DEFINE_string(
        "representative",
        None,
        "Folder of pictures from which int8 takes its ranges; generated if not given.",
    )


def main(argv: list[str]) -> Status:
    """Runs the command; returns its exit status."""
    shared = cli.request_of(argv, "SCORER and FILE.tflite")
    values = flags.FLAGS
    if (values.height is None) != (values.width is None):
        raise app.UsageError("--height and --width belong together.", exitcode=2)
    request = LiteRTRequest(
        **{f.name: getattr(shared, f.name) for f in dataclasses.fields(shared)},
        precision=values.precision,
        full_integer=values.full_integer,
        size=None if values.height is None else (values.height, values.width),
        representative=values.representative,
    )
    return cli.run(request, export)


if __name__ == "__main__":
    command.run(define_flags, main)
