"""Smartphone Photography Attribute and Quality (SPAQ) database, with MOS."""

from pathlib import Path
from typing import Any

import numpy as np

from .. import published
from .. import tables
from ..database import DatabaseBuilder
from ..database import Facts

FOLDER = "TestImage"
# The authors keep the tables in a folder; some copies have them beside the images.
SCORES = (
    "Annotations/MOS and Image attribute scores.xlsx",
    "MOS and Image attribute scores.xlsx",
)
LABELS = ("Annotations/Scene category labels.xlsx", "Scene category labels.xlsx")
NAME = "Image name"
ATTRIBUTES = ("Brightness", "Colorfulness", "Contrast", "Noisiness", "Sharpness")
SCENES = (
    "Animal",
    "Cityscape",
    "Human",
    "Indoor scene",
    "Landscape",
    "Night scene",
    "Plant",
    "Still-life",
    "Others",
)


class Builder(DatabaseBuilder):
    """Builds one part `train`, in published order."""

    FACTS = Facts(
        title="SPAQ",
        year=2020,
        url="https://github.com/h4nwei/SPAQ",
        images=11_125,
        ratings="at least 15",
        environment="laboratory",
        unit="MOS, 0 to 100",
        range=(0.0, 100.0),
        other={"attributes": list(ATTRIBUTES), "scenes": list(SCENES)},
    )
    KEYS = ("mos",)
    VECTORS = {"attributes": len(ATTRIBUTES), "scenes": len(SCENES)}
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Download SPAQ, see https://github.com/h4nwei/SPAQ, and extract it, so that the
    folder holds

    - `TestImage/`: 11,125 JPEG files;
    - `Annotations/MOS and Image attribute scores.xlsx` and, optionally,
      `Annotations/Scene category labels.xlsx` (or both beside `TestImage/`).
    """

    def examples(self, folder: Path) -> dict[str, list[dict[str, Any]]]:
        return {"train": examples(folder)}


def examples(folder: Path) -> list[dict[str, Any]]:
    """Returns the examples.

    Raises:
        ValueError: If the folder is not as published.
        ModuleNotFoundError: If the spreadsheets cannot be read.
    """
    published.require(folder, [FOLDER])
    scores = tables.read_sheet(
        published.first(folder, SCORES), (NAME, "MOS", *ATTRIBUTES)
    )
    scenes = _scenes(folder)
    unknown = np.full(len(SCENES), np.nan, np.float32)
    rows = [
        {
            "image_id": str(row[NAME]),
            "mos": tables.number(row["MOS"]),
            "attributes": _vector(row, ATTRIBUTES),
            "scenes": scenes.get(row[NAME], unknown),
        }
        for row in scores
    ]
    return published.paired(
        rows, published.images(folder / FOLDER), scores=(0.0, 100.0)
    )


def _scenes(folder: Path) -> dict[str, np.ndarray]:
    """Returns the share of raters who saw each kind of scene."""
    if not any((folder / name).exists() for name in LABELS):
        return {}
    rows = tables.read_sheet(published.first(folder, LABELS), (NAME, *SCENES))
    return {row[NAME]: _vector(row, SCENES) for row in rows}


def _vector(row: dict[str, Any], columns: tuple[str, ...]) -> np.ndarray:
    return np.array([tables.number(row[column]) for column in columns], np.float32)
