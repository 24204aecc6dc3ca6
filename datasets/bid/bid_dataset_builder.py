"""Blurred Image Database (BID), with MOS."""

from pathlib import Path
from typing import Any

import numpy as np

from .. import published
from .. import tables
from ..database import DatabaseBuilder
from ..database import Facts

TABLES = ("DatabaseGrades.xls", "DatabaseGrades.xlsx")
NUMBER, MEAN, GRADE = "Image Number", "Average Subjective Grade", "Grade #"


class Builder(DatabaseBuilder):
    """Builds one part `train`, in published order."""

    FACTS = Facts(
        title="BID",
        year=2011,
        url="http://www02.smt.ufrj.br/~eduardo/ImageDatabase.htm",
        images=586,
        distortions="authentic blur",
        ratings="about 11",
        environment="laboratory",
        unit="MOS, 0 to 5",
        range=(0.0, 5.0),
    )
    KEYS = ("mos", "mos_std")
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Download the Blurred Image Database from
    http://www02.smt.ufrj.br/~eduardo/ImageDatabase.htm and extract it, so that the
    folder holds

    - `DatabaseImage0001.JPG` and so on: 586 files;
    - `DatabaseGrades.xls` (or the same as `.xlsx`).
    """

    def examples(self, folder: Path) -> dict[str, list[dict[str, Any]]]:
        return {"train": examples(folder)}


def examples(folder: Path) -> list[dict[str, Any]]:
    """Returns the examples.

    Raises:
        ValueError: If the folder is not as published.
        ModuleNotFoundError: If the spreadsheet cannot be read.
    """
    rows = tables.read_sheet(published.first(folder, TABLES), (NUMBER, MEAN))
    return published.paired(
        [_example(row) for row in rows], published.images(folder), scores=(0.0, 5.0)
    )


def _example(row: dict[str, Any]) -> dict[str, Any]:
    grades = [
        tables.number(cell)
        for title, cell in row.items()
        if isinstance(title, str) and title.startswith(GRADE)
    ]
    finite = [grade for grade in grades if np.isfinite(grade)]
    return {
        "image_id": f"DatabaseImage{int(row[NUMBER]):04d}.JPG",
        "mos": tables.number(row[MEAN]),
        "mos_std": float(np.std(finite, ddof=1)) if len(finite) > 1 else np.nan,
    }
