"""KonIQ-10k: authentically distorted photographs, with MOS."""

from pathlib import Path
from typing import Any

import numpy as np

from .. import published
from .. import tables
from ..database import DatabaseBuilder
from ..database import Facts

FOLDERS = ("1024x768", "512x384")
# In order of preference: the first one that exists is read.
TABLES = (
    "koniq10k_distributions_sets.csv",
    "koniq10k_scores_and_distributions.csv",
    "koniq10k_scores.csv",
)
RATINGS = ("c1", "c2", "c3", "c4", "c5")
PARTS = {"training": "train", "validation": "validation", "test": "test"}
INDICATORS = "koniq10k_indicators.csv"
ATTRIBUTES = ("brightness", "contrast", "colorfulness", "sharpness", "quality_factor")


class Builder(DatabaseBuilder):
    """Builds the official parts if the table names them, else one part `train`."""

    FACTS = Facts(
        title="KonIQ-10k",
        year=2018,
        url="https://database.mmsp-kn.de/koniq-10k-database.html",
        images=10_073,
        ratings="120",
        environment="crowdsourcing",
        unit="MOS of z-scores, 0 to 100",
        range=(0.0, 100.0),
        parts={"train": 7_058, "validation": 1_000, "test": 2_015},
        other={
            "mos_std_unit": "ratings, 1 to 5",
            "attributes": list(ATTRIBUTES),
        },
    )
    KEYS = ("mos", "mos_std")
    VECTORS = {"mos_histogram": len(RATINGS), "attributes": len(ATTRIBUTES)}
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Download KonIQ-10k from https://database.mmsp-kn.de/koniq-10k-database.html and
    extract it, so that the folder holds

    - `1024x768/` or `512x384/`: 10,073 JPEG files (the larger ones are read if both
      exist);
    - `koniq10k_distributions_sets.csv` (with the official parts),
      `koniq10k_scores_and_distributions.csv` or `koniq10k_scores.csv` (the first of
      these that exists is read);
    - optionally `koniq10k_indicators.csv`.
    """

    def examples(self, folder: Path) -> dict[str, list[dict[str, Any]]]:
        return examples(folder)


def examples(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Returns the examples of each official part, or all as the part `train`.

    Raises:
        ValueError: If the folder is not as published.
    """
    image_dir = published.first(folder, FOLDERS)
    table = published.first(folder, TABLES)
    score = "MOS" if table.name == TABLES[0] else "MOS_zscore"
    rows = tables.read_csv(table, ("image_name", score))
    indicators = _indicators(folder / INDICATORS)
    paired = published.paired(
        [_example(row, score, indicators) for row in rows],
        published.images(image_dir),
        scores=(0.0, 100.0),
        spare=True,  # the archives hold 10,373 images
    )
    if "set" not in rows[0]:
        return {"train": paired}
    return published.divided(paired, [row["set"] for row in rows], PARTS)


def _example(
    row: dict[str, str], score: str, indicators: dict[str, np.ndarray]
) -> dict[str, Any]:
    # One table has shares of raters, another has numbers of raters.
    ratings = np.array([tables.number(row.get(rating)) for rating in RATINGS])
    unknown = np.full(len(ATTRIBUTES), np.nan, np.float32)
    return {
        "image_id": row["image_name"],
        "mos": tables.number(row[score]),
        "mos_std": tables.number(row.get("SD")),
        "mos_histogram": np.float32(ratings / ratings.sum()),
        "attributes": indicators.get(Path(row["image_name"]).stem, unknown),
    }


def _indicators(path: Path) -> dict[str, np.ndarray]:
    """Returns the published indicators by image name without suffix."""
    if not path.exists():
        return {}
    return {
        Path(row["image_id"]).stem: np.array(
            [tables.number(row[name]) for name in ATTRIBUTES], np.float32
        )
        for row in tables.read_csv(path, ("image_id", *ATTRIBUTES))
    }
