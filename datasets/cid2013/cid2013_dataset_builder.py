"""CID2013 camera image database, with its realigned MOS."""

import re
from pathlib import Path
from typing import Any

from .. import published
from .. import tables
from ..database import DatabaseBuilder
from ..database import Facts

FOLDERS = ("IS1", "IS2", "IS3", "IS4", "IS5", "IS6")
SHEET, NAME, SCORE = "CID2013 MOS", "Source_ID", "Realigned MOS"
# Nominally 0 to 100; aligning the six sets moved some scores below 0.
SCALE = (-10.0, 100.0)
# In order of preference: the first one that exists is read.
TABLES = ("CID2013 data - version 12112014.xlsx", "CID2013.csv")

# Set, content and camera: `IS1/co1/IS_I_C01_D01.jpg`.
_NAME = re.compile(r"(IS\d)/(co\d)/IS_[IV]+_C\d\d_D\d\d\.jpg", re.IGNORECASE)


class Builder(DatabaseBuilder):
    """Builds one part `train`: the six sets, in published order."""

    FACTS = Facts(
        title="CID2013",
        year=2013,
        url="https://doi.org/10.5281/zenodo.2647033",
        images=474,
        contents=8,
        distortions="authentic, 12 to 14 cameras per content",
        ratings="31",
        environment="laboratory",
        unit="MOS, realigned between six sets",
        range=SCALE,
    )
    KEYS = ("mos", "reference_id")
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Download CID2013 from https://doi.org/10.5281/zenodo.2647033 and extract it, so that
    the folder holds

    - `IS1/` to `IS6/`: 474 JPEG files such as `IS1/co1/IS_I_C01_D01.jpg`;
    - `CID2013 data - version 12112014.xlsx` (or `CID2013.csv`, with the columns
      `im_loc` and `mos`; the first of these that exists is read).
    """

    def examples(self, folder: Path) -> dict[str, list[dict[str, Any]]]:
        return {"train": examples(folder)}


def examples(folder: Path) -> list[dict[str, Any]]:
    """Returns the examples.

    Raises:
        ValueError: If the folder is not as published.
        ModuleNotFoundError: If a spreadsheet exists and cannot be read.
    """
    published.require(folder, FOLDERS)
    files = {
        f"{name}/{image}": path
        for name in FOLDERS
        for image, path in published.images(folder / name, below=True).items()
    }
    table = published.first(folder, TABLES)
    if table.suffix == ".csv":
        scores = [
            (row["im_loc"], row["mos"])
            for row in tables.read_csv(table, ("im_loc", "mos"))
        ]
    else:
        sheet_rows = tables.read_sheet(table, (NAME, SCORE), sheet=SHEET)
        scores = [(_path(str(row[NAME]), files), row[SCORE]) for row in sheet_rows]
    rows = [
        {
            "image_id": name,
            "mos": tables.number(score),
            "reference_id": _content(name),
        }
        for name, score in scores
    ]
    return published.paired(rows, files, scores=SCALE)


def _path(name: str, files: dict[str, Path]) -> str:
    """Returns the path of an image that the table names without folder and suffix."""
    stem = Path(name).name.removesuffix(".jpg")
    return next((path for path in files if Path(path).stem == stem), name)


def _content(name: str) -> str:
    match = _NAME.fullmatch(name)
    return match[2].lower() if match else name
