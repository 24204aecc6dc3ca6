"""IRCCyN/IVC image quality database: the color images, with MOS."""

import re
from pathlib import Path
from typing import Any

from .. import published
from .. import tables
from ..database import DatabaseBuilder
from ..database import Facts

FOLDER = "color"

# Content, distortion, and the level after a letter: `barba_jpeg_lumichr_r3.bmp`.
_NAME = re.compile(r"([^_]+)_(.+)_[a-z](\d)\.bmp", re.IGNORECASE)
_SCORE = re.compile(r"\b(d?mos|mean)\b", re.IGNORECASE)


class Builder(DatabaseBuilder):
    """Builds one part `train`, in the order of the table."""

    FACTS = Facts(
        title="IVC",
        year=2005,
        url="http://www2.irccyn.ec-nantes.fr/ivcdb/",
        images=185,
        contents=10,
        distortions="4 types, up to 5 levels",
        ratings="15",
        environment="laboratory",
        unit="MOS, 1 to 5",
        range=(1.0, 5.0),
    )
    KEYS = ("mos", "reference_id", "distortion", "level")
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Download the IVC database from http://www2.irccyn.ec-nantes.fr/ivcdb/ and extract
    it, so that the folder (`IVC_SubQualityDB/`) holds

    - `color/`: 185 distorted BMP files such as `avion_j2000_r1.bmp` (and the 10
      originals, which are not read);
    - one spreadsheet (`.xls` or `.xlsx`), here or in `color/`: one row for each
      image, with its name and, in a column titled MOS or mean, its score.
    """

    def examples(self, folder: Path) -> dict[str, list[dict[str, Any]]]:
        return {"train": examples(folder)}


def examples(folder: Path) -> list[dict[str, Any]]:
    """Returns the examples.

    Raises:
        ValueError: If the folder is not as published.
        ModuleNotFoundError: If the spreadsheet cannot be read.
    """
    published.require(folder, [FOLDER])
    files = {
        name: path
        for name, path in published.images(folder / FOLDER).items()
        if _NAME.fullmatch(name)
    }
    sheets = sorted(
        path
        for directory in (folder, folder / FOLDER)
        for path in directory.iterdir()
        if path.suffix.lower() in (".xls", ".xlsx")
    )
    if len(sheets) != 1:
        names = sorted(path.name for path in sheets)
        raise ValueError(
            f"One spreadsheet is expected in {folder}. Received: {names or 'none'}"
        )
    rows = [_example(name, mos) for name, mos in _scores(sheets[0])]
    return published.paired(rows, files, scores=(1.0, 5.0))


def _scores(path: Path) -> list[tuple[str, float]]:
    """Returns name and score of each row that names an image."""
    rows = tables.sheet_rows(path)
    titles = [
        column
        for row in rows
        for column, cell in enumerate(row)
        if isinstance(cell, str) and _SCORE.search(cell)
    ]
    if not titles:
        raise ValueError(f"A column titled MOS is expected in {path}. Received: none")
    scores = []
    for row in rows:
        words = [f"{Path(cell).stem}.bmp" for cell in row if isinstance(cell, str)]
        names = [word for word in words if _NAME.fullmatch(word)]
        scores += [(name, tables.number(row[titles[0]])) for name in names[:1]]
    if not scores:
        raise ValueError(
            f"Rows that name images such as avion_j2000_r1 are expected in {path}. "
            "Received: none"
        )
    return scores


def _example(name: str, mos: float) -> dict[str, Any]:
    content, kind, level = _NAME.fullmatch(name).groups()
    return {
        "image_id": name,
        "mos": mos,
        "reference_id": content,
        "distortion": kind,
        "level": int(level),
    }
