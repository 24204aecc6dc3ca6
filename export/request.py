"""Requests of the export commands."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # `--help` costs no Keras.
    import keras
    import numpy as np

# How a LiteRT model stores its weights and computes.
PRECISIONS = ("float32", "float16", "dynamic", "int8")

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class ExportRequest:
    """A scorer to export, and where to write it.

    Attributes:
        scorer: A loaded scorer or encoder, its `.keras` file, or the name of a preset.
        path: The file to write, or the folder of a SavedModel.
        images: Images to compare the export on: a folder, or uint8 arrays
            `(height, width, 3)`; 64 generated images and a flat one when None.
        overwrite: Whether to replace an existing export.
        allow_disagreement: Whether to keep an export that fails the comparison; its
            model card says so.
    """

    scorer: "PathLike | keras.Model"
    path: PathLike
    images: "PathLike | Sequence[np.ndarray] | None" = None
    overwrite: bool = False
    allow_disagreement: bool = False


@dataclass(frozen=True)
class LiteRTRequest(ExportRequest):
    """A LiteRT model to write.

    Attributes:
        precision: One of `PRECISIONS`.
        full_integer: With `"int8"`: computes everything in integers, from uint8 images
            to a uint8 MOS.
        size: Height and width of all images; any size when None.
        representative: Images that determine the ranges of `"int8"`: a folder, or
            arrays; generated when None.
    """

    precision: str = "float32"
    full_integer: bool = False
    size: tuple[int, int] | None = None
    representative: "PathLike | Sequence[np.ndarray] | None" = None
