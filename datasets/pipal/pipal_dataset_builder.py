"""PIPAL: images restored by many algorithms, with Elo scores."""

import re
from pathlib import Path
from typing import Any

from .. import published
from .. import tables
from ..database import DatabaseBuilder
from ..database import Facts

LABELS = "Train_Label"
# The images are either in the first folder or in the others.
FOLDERS = ("Train_Dist", "Distortion_1", "Distortion_2", "Distortion_3", "Distortion_4")
# Observed: 916.7 to 1836.0.
SCALE = (900.0, 1850.0)

_NAME = re.compile(r"(A\d{4})_(\d\d)_(\d\d)\.bmp")


class Builder(DatabaseBuilder):
    """Builds one part `train`: the published training set, the only one with scores."""

    FACTS = Facts(
        title="PIPAL (training set)",
        year=2020,
        url="https://github.com/HaomingCai/PIPAL-dataset",
        images=23_200,
        contents=200,
        distortions="116 of 40 types, in 7 groups",
        ratings="by pairwise comparison",
        environment="crowdsourcing",
        unit="Elo score",
        range=SCALE,
    )
    KEYS = ("mos", "reference_id", "distortion", "level")
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Download the training set of PIPAL, see https://github.com/HaomingCai/PIPAL-dataset,
    and extract it, so that the folder holds

    - `Distortion_1/` to `Distortion_4/`: 5,800 BMP files each such as
      `A0001_00_00.bmp` (or all 23,200 in `Train_Dist/`);
    - `Train_Label/`: 200 text files such as `A0001.txt`.
    """

    def examples(self, folder: Path) -> dict[str, list[dict[str, Any]]]:
        return {"train": examples(folder)}


def examples(folder: Path) -> list[dict[str, Any]]:
    """Returns the examples, in the order of the labels.

    Raises:
        ValueError: If the folder is not as published.
    """
    published.require(folder, [LABELS])
    published.first(folder, FOLDERS)
    files = {
        f"{name}/{image}": path
        for name in FOLDERS
        if (folder / name).is_dir()
        for image, path in published.images(folder / name).items()
    }
    rows = [
        _example(line, path)
        for path in sorted((folder / LABELS).glob("*.txt"))
        for line in path.read_text("utf-8-sig").splitlines()
        if line.strip()
    ]
    return published.paired(rows, published.by_name(files), scores=SCALE)


def _example(line: str, path: Path) -> dict[str, Any]:
    name, _, score = line.partition(",")
    match = _NAME.fullmatch(name.strip())
    if match is None:
        raise ValueError(
            f"Lines such as 'A0001_00_00.bmp,1520.1' are expected in {path}. "
            f"Received: {line!r}"
        )
    return {
        "image_id": match[0],
        "mos": tables.number(score),
        "reference_id": match[1],
        "distortion": match[2],
        "level": int(match[3]),
    }
