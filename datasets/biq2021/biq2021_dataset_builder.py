"""BIQ2021: camera photographs with authentic distortions, with MOS."""

from pathlib import Path
from typing import Any

from .. import published
from .. import tables
from ..database import DatabaseBuilder
from ..database import Facts

TABLES = {
    "train": "Train (Images and MOS).csv",
    "test": "Test (Images and MOS).csv",
}


class Builder(DatabaseBuilder):
    """Builds the official parts `train` and `test`, in published order."""

    FACTS = Facts(
        title="BIQ2021",
        year=2022,
        url="https://github.com/nisarahmedrana/BIQ2021",
        images=12_000,
        ratings="30",
        environment="laboratory",
        unit="MOS, 0 to 1",
        range=(0.0, 1.0),
        parts={"train": 10_000, "test": 2_000},
    )
    KEYS = ("mos",)
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Download BIQ2021 as its authors publish it (see the README of this dataset) and
    extract it, so that the folder holds

    - `Images/`: 12,000 JPEG files;
    - `Train (Images and MOS).csv`: 10,000 rows;
    - `Test (Images and MOS).csv`: 2,000 rows.
    """

    def examples(self, folder: Path) -> dict[str, list[dict[str, Any]]]:
        return examples(folder)


def examples(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Returns the examples of each official part.

    Raises:
        ValueError: If the folder is not as published.
    """
    published.require(folder, ["Images", *TABLES.values()])
    parts = {
        part: tables.read_csv(folder / name, ("Image Name", "MOS"))
        for part, name in TABLES.items()
    }
    rows = [
        {"image_id": row["Image Name"], "mos": tables.number(row["MOS"])}
        for part in parts.values()
        for row in part
    ]
    # Both parts share one folder of images, so they are checked together.
    paired = published.paired(
        rows, published.images(folder / "Images"), scores=(0.0, 1.0)
    )
    cut = len(parts["train"])
    return {"train": paired[:cut], "test": paired[cut:]}
