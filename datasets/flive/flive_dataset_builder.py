"""FLIVE (LIVE-FB): photographs from social media, with MOS."""

from pathlib import Path
from typing import Any

from .. import published
from .. import tables
from ..database import DatabaseBuilder
from ..database import Facts

FOLDERS = ("voc_emotic_ava", "EE371R", "blur_dataset")
# Name of the image column in each table; the first table that exists is read.
TABLES = {"labels_image.csv": "name", "LIVEFB.csv": "im_loc"}
# The official division: images with a side of more than 640 pixels are for testing;
# the second table marks the others (Ying et al., 2020, section 3.4).
TEST, OTHERS = "labels640.csv", "labels=640_padded.csv"


class Builder(DatabaseBuilder):
    """Builds the official parts if their tables exist, else one part `train`."""

    FACTS = Facts(
        title="FLIVE",
        year=2020,
        url="https://github.com/niu-haoran/FLIVE_Database",
        images=39_810,
        ratings="about 35",
        environment="crowdsourcing",
        unit="MOS, 0 to 100",
        range=(0.0, 100.0),
        parts={"train": 30_253, "validation": 7_747, "test": 1_810},
    )
    KEYS = ("mos",)
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Download FLIVE, see https://github.com/niu-haoran/FLIVE_Database, so that the folder
    (`database/`) holds

    - `voc_emotic_ava/`, `EE371R/` and `blur_dataset/`: 39,810 images;
    - `labels_image.csv` (or `LIVEFB.csv`, with the columns `im_loc` and `mos`);
    - for the official parts, `labels640.csv` and `labels=640_padded.csv`.
    """

    def examples(self, folder: Path) -> dict[str, list[dict[str, Any]]]:
        return examples(folder)


def examples(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Returns the examples of each official part, or all as the part `train`.

    Raises:
        ValueError: If the folder is not as published.
    """
    published.first(folder, FOLDERS)
    table = published.first(folder, TABLES)
    column = TABLES[table.name]
    rows = [
        {"image_id": row[column], "mos": tables.number(row["mos"])}
        for row in tables.read_csv(table, (column, "mos"))
    ]
    files = {
        f"{name}/{image}": path
        for name in FOLDERS
        if (folder / name).is_dir()
        for image, path in published.images(folder / name, below=True).items()
    }
    paired = published.paired(rows, files, scores=(0.0, 100.0))
    if not (folder / TEST).exists() and not (folder / OTHERS).exists():
        return {"train": paired}
    published.require(folder, [TEST, OTHERS])
    part_of = _parts(folder)
    parts = {part: [] for part in Builder.FACTS.parts}
    for row in paired:
        # As in the authors' code: images that neither table names are for training.
        parts[part_of.get(row["image_id"], "train")].append(row)
    return {part: rows for part, rows in parts.items() if rows}


def _parts(folder: Path) -> dict[str, str]:
    others = tables.read_csv(folder / OTHERS, ("name_image", "is_valid"))
    marked = {
        row["name_image"]: "validation"
        for row in others
        if row["is_valid"].lower() in ("true", "1")
    }
    tests = tables.read_csv(folder / TEST, ("name_image",))
    return marked | {row["name_image"]: "test" for row in tests}
