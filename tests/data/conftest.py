"""Folders of small pictures with scores."""

import csv
import json

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="session")
def write_mos_folder():
    """Returns a function that writes what the builder `mos_folder` reads."""

    def write(folder, rows, *, metadata=None, sizes=(8, 12)):
        rng = np.random.default_rng(0)
        for row in rows:
            path = folder / "images" / row["image"]
            path.parent.mkdir(parents=True, exist_ok=True)
            pixels = rng.integers(0, 256, (*sizes, 3), np.uint8)
            Image.fromarray(pixels).save(path)
        with (folder / "mos.csv").open("w", newline="") as file:
            table = csv.DictWriter(file, list(rows[0]))
            table.writeheader()
            table.writerows(rows)
        if metadata is not None:
            (folder / "metadata.json").write_text(json.dumps(metadata))
        return folder

    return write


@pytest.fixture(scope="session")
def scored_rows():
    """Returns a function that makes rows of scenes in three versions each."""

    def rows(scenes):
        return [
            {
                "image": f"{scene:02d}_{level}.png",
                "mos": f"{scene % 4 + level / 8}",
                "reference": f"scene {scene}",
                "level": str(level),
            }
            for scene in range(scenes)
            for level in range(3)
        ]

    return rows
