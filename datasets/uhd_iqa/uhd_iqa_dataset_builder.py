"""UHD-IQA: photographs 3840 pixels wide, with MOS."""

from pathlib import Path
from typing import Any

from .. import published
from .. import tables
from ..database import DatabaseBuilder
from ..database import Facts

TABLE = "uhd-iqa-metadata.csv"
PARTS = {"training": "train", "validation": "validation", "test": "test"}


class Builder(DatabaseBuilder):
    """Builds the official parts."""

    FACTS = Facts(
        title="UHD-IQA",
        year=2024,
        url="https://database.mmsp-kn.de/uhd-iqa-benchmark-database.html",
        images=6_073,
        ratings="20",
        environment="crowdsourcing, experts",
        unit="MOS, 0 to 1",
        range=(0.0, 1.0),
        parts={"train": 4_269, "validation": 904, "test": 900},
    )
    KEYS = ("mos",)
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Download UHD-IQA from https://database.mmsp-kn.de/uhd-iqa-benchmark-database.html
    and extract it, so that the folder holds

    - 6,073 JPEG files such as `1.jpg`; subfolders such as `challenge/training/` are
      allowed;
    - `uhd-iqa-metadata.csv`, with the columns `image_name`, `set` and `quality_mos`.
    """

    def examples(self, folder: Path) -> dict[str, list[dict[str, Any]]]:
        return examples(folder)


def examples(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Returns the examples of each official part.

    Raises:
        ValueError: If the folder is not as published.
    """
    published.require(folder, [TABLE])
    rows = tables.read_csv(folder / TABLE, ("image_name", "set", "quality_mos"))
    examples = [
        {"image_id": row["image_name"], "mos": tables.number(row["quality_mos"])}
        for row in rows
    ]
    files = published.by_name(published.images(folder, below=True))
    paired = published.paired(examples, files, scores=(0.0, 1.0))
    return published.divided(paired, [row["set"] for row in rows], PARTS)
