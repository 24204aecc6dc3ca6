"""Categorical Subjective Image Quality (CSIQ) database, with DMOS."""

import math
from pathlib import Path
from typing import Any

from .. import published
from .. import tables
from ..database import DatabaseBuilder
from ..database import Facts

# In order of preference: the first one that exists is read.
FOLDERS = ("dst_imgs", "dst_imgs_all")
TABLES = ("csiq.DMOS.xlsx", "csiq.beta.xlsx", "csiq.beta.txt", "csiq_label.txt")
SHEET = "all_by_image"
COLUMNS = ("image", "dst_idx", "dst_type", "dst_lev", "dmos_std", "dmos")


class Builder(DatabaseBuilder):
    """Builds one part `train`, in published order."""

    FACTS = Facts(
        title="CSIQ",
        year=2009,
        url="https://s2.smu.edu/~eclarson/csiq.html",
        images=866,
        contents=30,
        distortions="6 types, 4 to 5 levels",
        ratings="5 to 7",
        environment="laboratory",
        unit="DMOS, 0 to 1",
        range=(0.0, 1.0),
        higher_is_better=False,
    )
    KEYS = ("mos", "mos_std", "reference_id", "distortion", "level")
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Download CSIQ from https://s2.smu.edu/~eclarson/csiq.html and extract it, so that
    the folder holds

    - `dst_imgs/`: 866 PNG files in one folder for each distortion (or all of them in
      `dst_imgs_all/`);
    - `csiq.DMOS.xlsx` (also known as `csiq.beta.xlsx`; or `csiq.beta.txt`, or
      `csiq_label.txt`, which lacks standard deviations; the first of these that exists
      is read).
    """

    def examples(self, folder: Path) -> dict[str, list[dict[str, Any]]]:
        return {"train": examples(folder)}


def examples(folder: Path) -> list[dict[str, Any]]:
    """Returns the examples.

    Raises:
        ValueError: If the folder is not as published.
        ModuleNotFoundError: If a spreadsheet exists and cannot be read.
    """
    images = published.images(published.first(folder, FOLDERS), below=True)
    table = published.first(folder, TABLES)
    if table.suffix == ".xlsx":
        sheet_rows = tables.read_sheet(table, COLUMNS, sheet=SHEET)
        rows = [_row(*(row[column] for column in COLUMNS)) for row in sheet_rows]
    elif table.name == "csiq.beta.txt":
        rows = [_row(*words) for words in tables.read_words(table, count=6)]
    else:
        rows = [_labeled(*words) for words in tables.read_words(table, count=2)]
    return published.paired(rows, published.by_name(images), scores=(0.0, 1.0))


def _row(image, number, kind, level, std, dmos) -> dict[str, Any]:
    # File names have neither "noise" nor the space of "jpeg 2000".
    in_name = "AWGN" if kind == "noise" else kind.replace(" ", "")
    return {
        "image_id": f"{image}.{in_name}.{level}.png",
        "mos": tables.number(dmos),
        "mos_std": tables.number(std),
        "reference_id": str(image),
        "distortion": in_name.lower(),
        "level": int(level),
    }


def _labeled(name: str, dmos: str) -> dict[str, Any]:
    image, kind, level, _ = name.rsplit(".", 3)
    return _row(image, None, kind, level, math.nan, dmos)
