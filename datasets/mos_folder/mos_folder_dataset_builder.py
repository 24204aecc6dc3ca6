"""Any folder of images with a table of mean opinion scores (MOS)."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from .. import published
from .. import tables

PARTS = ("train", "validation", "test")


class Builder(tfds.core.GeneratorBasedBuilder):
    """Builds the parts that the column `split` names, else one part `train`."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "Images, scores, and the other columns of the table."}
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Put into one folder

    - `images/`: the images, subfolders are allowed;
    - `mos.csv` (or one CSV file of another name): the columns `image` (path below
      `images/`) and `mos` and, if known, `split` (train, validation, test), `reference`
      (name of the content), `mos_std`, `distortion`, `level`;
    - `metadata.json`, optionally: `higher_is_better` (else true), `range` (lowest and
      highest possible score; else the observed ones) and `unit`.
    """

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(None, None, 3)),
                    "image_id": tfds.features.Text(),
                    "mos": tfds.features.Scalar(np.float32),
                    "mos_std": tfds.features.Scalar(np.float32),
                    "reference_id": tfds.features.Text(),
                    "distortion": tfds.features.Text(),
                    "level": tfds.features.Scalar(np.int32),
                }
            ),
            # The folder's own values replace these when it is read.
            metadata=tfds.core.MetadataDict(higher_is_better=True, range=[0.0, 1.0]),
            disable_shuffling=True,  # the order of the table
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager):
        folder = Path(dl_manager.manual_dir)
        parts = examples(folder)
        self.info.metadata.update(metadata(folder, parts))
        return {part: self._generate_examples(rows) for part, rows in parts.items()}

    def _generate_examples(
        self, rows: list[dict[str, Any]]
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        yield from enumerate(rows)


def examples(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Returns the examples of each part.

    Raises:
        ValueError: If the folder is not as `MANUAL_DOWNLOAD_INSTRUCTIONS` describe.
    """
    published.require(folder, ["images"])
    rows = tables.read_csv(_table(folder), ("image", "mos"))
    paired = published.paired(
        [_example(row) for row in rows],
        published.images(folder / "images", below=True),
    )
    names = [row.get("split", "") for row in rows]
    if not any(names):
        return {"train": paired}
    if not {"train", "test"} <= set(names) <= set(PARTS):
        raise ValueError(
            "In the column 'split', train and test, perhaps validation, in every row "
            f"are expected. Received: {sorted(set(names))}"
        )
    parts = {
        part: [row for row, name in zip(paired, names, strict=True) if name == part]
        for part in PARTS
    }
    _check_contents(parts)
    return {part: rows for part, rows in parts.items() if rows}


def metadata(folder: Path, parts: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Returns direction, range and unit: from `metadata.json`, else as observed.

    Raises:
        ValueError: If the file has other entries, or scores leave the range.
    """
    scores = [row["mos"] for rows in parts.values() for row in rows]
    known = {
        "higher_is_better": True,
        "range": [min(scores), max(scores)],
        "unit": "MOS",
    }
    path = folder / "metadata.json"
    stated = _stated(path) if path.exists() else {}
    if not isinstance(stated, dict) or not set(stated) <= set(known):
        raise ValueError(f"{list(known)} are expected in {path}. Received: {stated}")
    known |= stated
    if not isinstance(known["higher_is_better"], bool):
        raise ValueError(
            f"true or false is expected in {path}. Received: "
            f"higher_is_better={known['higher_is_better']!r}"
        )
    lowest, highest = _range(known["range"], path)
    if min(scores) < lowest or max(scores) > highest:
        raise ValueError(
            f"Scores in the range of {path} are expected. Received: scores of "
            f"{min(scores):g} to {max(scores):g} and range={known['range']}"
        )
    return known


def _stated(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"JSON is expected in {path}. Received: {error}") from error


def _table(folder: Path) -> Path:
    if (folder / "mos.csv").exists():
        return folder / "mos.csv"
    tables = sorted(folder.glob("*.csv"))
    if len(tables) != 1:
        names = [path.name for path in tables]
        raise ValueError(
            f"mos.csv, or one CSV file of another name, is expected in {folder}. "
            f"Received: {names or 'none'}"
        )
    return tables[0]


def _example(row: dict[str, str]) -> dict[str, Any]:
    """Returns an example; NaN, an empty text and -1 mark unknown values."""
    level = row.get("level") or "-1"
    if not level.removeprefix("-").isdecimal():
        raise ValueError(
            f"An integer is expected. Received: level={level!r} of {row['image']!r}"
        )
    return {
        "image_id": row["image"],
        "mos": tables.number(row.get("mos")),
        "mos_std": tables.number(row.get("mos_std")),
        "reference_id": row.get("reference") or row["image"],
        "distortion": row.get("distortion", ""),
        "level": int(level),
    }


def _range(stated: Any, path: Path) -> tuple[float, float]:
    try:
        lowest, highest = map(float, stated)
    except (TypeError, ValueError):
        lowest = highest = math.nan
    if not lowest < highest and path.exists():
        raise ValueError(
            f"Two numbers, the lower one first, are expected in {path}. Received: "
            f"range={stated!r}"
        )
    return lowest, highest


def _check_contents(parts: dict[str, list[dict[str, Any]]]) -> None:
    part_of: dict[str, str] = {}
    for part, rows in parts.items():
        for row in rows:
            other = part_of.setdefault(row["reference_id"], part)
            if other != part:
                raise ValueError(
                    "Each reference in one split alone is expected. Received: "
                    f"{row['reference_id']!r} in {other} and {part}"
                )
