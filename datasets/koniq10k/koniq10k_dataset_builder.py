"""KonIQ-10k: authentically distorted photographs, and their MOS."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from .. import published

FOLDERS = ("1024x768", "512x384")
# In order of preference: the first one that is there is read.
TABLES = (
    "koniq10k_distributions_sets.csv",
    "koniq10k_scores_and_distributions.csv",
    "koniq10k_scores.csv",
)
RATINGS = ("c1", "c2", "c3", "c4", "c5")
PARTS = {"training": "train", "validation": "validation", "test": "test"}


class Builder(tfds.core.GeneratorBasedBuilder):
    """Builds the official parts where the table names them, else one part `train`."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "All three published score files."}
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Download KonIQ-10k from https://database.mmsp-kn.de/koniq-10k-database.html and
    extract it, so that the folder holds

    - `1024x768/` or `512x384/`: 10,073 JPEG files (the larger ones are read if both
      are there);
    - `koniq10k_distributions_sets.csv` (with the official parts),
      `koniq10k_scores_and_distributions.csv` or `koniq10k_scores.csv` (the first of
      these that is there is read).
    """

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(None, None, 3)),
                    "image_id": tfds.features.Text(),
                    "mos": tfds.features.Scalar(np.float32),
                    "mos_std": tfds.features.Scalar(np.float32),
                    "mos_histogram": tfds.features.Tensor(shape=(5,), dtype=np.float32),
                }
            ),
            metadata=tfds.core.MetadataDict(
                higher_is_better=True,
                range=[0.0, 100.0],
                unit="MOS of z-scores, 0 to 100",
                mos_std_unit="ratings, 1 to 5",
                published_pictures=10_073,
            ),
            disable_shuffling=True,  # the published order
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager):
        parts = examples(Path(dl_manager.manual_dir))
        return {part: self._generate_examples(rows) for part, rows in parts.items()}

    def _generate_examples(
        self, rows: list[dict[str, Any]]
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        yield from enumerate(rows)


def examples(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Returns the examples of each official part, or all as the part `train`.

    Raises:
        ValueError: If the folder is not as published.
    """
    image_dir = _first(folder, FOLDERS)
    table = _first(folder, TABLES)
    score = "MOS" if table.name == TABLES[0] else "MOS_zscore"
    rows = published.read_csv(table, ("image_name", score))
    paired = published.paired(
        [_example(row, score) for row in rows],
        published.pictures(image_dir),
        scores=(0.0, 100.0),
    )
    if "set" not in rows[0]:
        return {"train": paired}
    parts = {part: [] for part in PARTS.values()}
    for row, example in zip(rows, paired, strict=True):
        if row["set"] not in PARTS:
            raise ValueError(
                f"One of {list(PARTS)} is expected as set in {table.name}. Received: "
                f"{row['set']!r} for {row['image_name']!r}"
            )
        parts[PARTS[row["set"]]].append(example)
    return {part: rows for part, rows in parts.items() if rows}


def _example(row: dict[str, str], score: str) -> dict[str, Any]:
    # Shares of raters in one table, numbers of raters in another.
    ratings = np.array([published.number(row.get(rating)) for rating in RATINGS])
    return {
        "image_id": row["image_name"],
        "mos": published.number(row[score]),
        "mos_std": published.number(row.get("SD")),
        "mos_histogram": np.float32(ratings / ratings.sum()),
    }


def _first(folder: Path, names: tuple[str, ...]) -> Path:
    for name in names:
        if (folder / name).exists():
            return folder / name
    found = sorted(path.name for path in folder.iterdir())
    raise ValueError(
        f"A folder with one of {list(names)} is expected. Received: {folder}, which "
        f"holds {found[:3] or 'nothing'}"
    )
