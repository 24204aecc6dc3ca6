"""Multiply Distorted Image Database (MDID), with MOS."""

import math
import re
from pathlib import Path
from typing import Any

from .. import published
from .. import tables
from ..database import DatabaseBuilder
from ..database import Facts

FOLDER, SCORES, DEVIATIONS = "distortion_images", "mos.txt", "mos_std.txt"

_NAME = re.compile(r"(img\d\d)_(\d\d)\.bmp", re.IGNORECASE)


class Builder(DatabaseBuilder):
    """Builds one part `train`, in the order of the names."""

    FACTS = Facts(
        title="MDID",
        year=2017,
        url="https://www.sigs.tsinghua.edu.cn/labs/vipl/mdid.html",
        images=1_600,
        contents=20,
        distortions="up to 5 types at once, 4 levels",
        ratings="33 to 35",
        environment="laboratory",
        unit="MOS, 0 to 8",
        range=(0.0, 8.0),
    )
    KEYS = ("mos", "mos_std", "reference_id")
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Download MDID from https://www.sigs.tsinghua.edu.cn/labs/vipl/mdid.html and extract
    it, so that the folder holds

    - `distortion_images/`: 1,600 BMP files such as `img01_01.bmp`;
    - `mos.txt` and optionally `mos_std.txt`: one number for each image, in the
      order of the names.
    """

    def examples(self, folder: Path) -> dict[str, list[dict[str, Any]]]:
        return {"train": examples(folder)}


def examples(folder: Path) -> list[dict[str, Any]]:
    """Returns the examples.

    Raises:
        ValueError: If the folder is not as published.
    """
    published.require(folder, [FOLDER, SCORES])
    files = published.images(folder / FOLDER)
    odd = [name for name in files if not _NAME.fullmatch(name)]
    scores = _column(folder / SCORES)
    deviations = [math.nan] * len(scores)
    if (folder / DEVIATIONS).exists():
        deviations = _column(folder / DEVIATIONS)
    if odd or not len(files) == len(scores) == len(deviations):
        raise ValueError(
            f"As many images, named like img01_01.bmp, as numbers in {SCORES} are "
            f"expected. Received: {len(files)} images, of which {len(odd)} have "
            f"other names {odd[:3]}, {len(scores)} scores and {len(deviations)} "
            "standard deviations"
        )
    rows = [
        {
            "image_id": name,
            "mos": score,
            "mos_std": std,
            "reference_id": name.split("_")[0].lower(),
        }
        for name, score, std in zip(files, scores, deviations, strict=True)
    ]
    return published.paired(rows, files, scores=(0.0, 8.0))


def _column(path: Path) -> list[float]:
    return [tables.number(word) for (word,) in tables.read_words(path, count=1)]
