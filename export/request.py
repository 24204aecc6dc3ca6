"""What is asked of an export."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # `--help` costs no Keras.
    import keras
    import numpy as np

# How the weights of a LiteRT model are stored, and what it computes in.
PRECISIONS = ("float32", "float16", "dynamic", "int8")

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class ExportRequest:
    """A scorer to export, and where.

    Attributes:
        scorer: A loaded scorer, its `.keras` file, or the name of a preset.
        path: Where to write: a file, or the folder of a SavedModel.
        pictures: What the export is compared on: a folder, or uint8 arrays
            `(height, width, 3)`; 64 generated pictures and a flat one when None.
        overwrite: Whether an export that is there is replaced.
        allow_disagreement: Whether an export that does not reach the bar is left, and
            its model card says so.
    """

    scorer: "PathLike | keras.Model"
    path: PathLike
    pictures: "PathLike | Sequence[np.ndarray] | None" = None
    overwrite: bool = False
    allow_disagreement: bool = False


@dataclass(frozen=True)
class LiteRTRequest(ExportRequest):
    """A LiteRT model to write.

    Attributes:
        precision: One of `PRECISIONS`.
        full_integer: With `"int8"`: everything in integers, from uint8 pictures to a
            uint8 MOS.
        size: Height and width of all pictures; any when None.
        representative: Pictures from which `"int8"` takes its ranges: a folder, or
            arrays; generated when None.
    """

    precision: str = "float32"
    full_integer: bool = False
    size: tuple[int, int] | None = None
    representative: "PathLike | Sequence[np.ndarray] | None" = None
