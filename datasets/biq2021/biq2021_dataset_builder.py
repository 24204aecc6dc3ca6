"""BIQ2021: camera photographs with authentic distortions, and their MOS."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from .. import published

TABLES = {
    "train": "Train (Images and MOS).csv",
    "test": "Test (Images and MOS).csv",
}


class Builder(tfds.core.GeneratorBasedBuilder):
    """Builds the official parts `train` and `test`, in published order."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "The published release."}
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Download BIQ2021 as its authors publish it (see the README of this dataset) and
    extract it, so that the folder holds

    - `Images/`: 12,000 JPEG files;
    - `Train (Images and MOS).csv`: 10,000 rows;
    - `Test (Images and MOS).csv`: 2,000 rows.
    """

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(None, None, 3)),
                    "image_id": tfds.features.Text(),
                    "mos": tfds.features.Scalar(np.float32),
                }
            ),
            metadata=tfds.core.MetadataDict(
                higher_is_better=True,
                range=[0.0, 1.0],
                unit="MOS, 0 to 1",
                published_pictures=12_000,
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
    """Returns the examples of each official part.

    Raises:
        ValueError: If the folder is not as published.
    """
    published.require(folder, ["Images", *TABLES.values()])
    tables = {
        part: published.read_csv(folder / name, ("Image Name", "MOS"))
        for part, name in TABLES.items()
    }
    rows = [
        {"image_id": row["Image Name"], "mos": published.number(row["MOS"])}
        for table in tables.values()
        for row in table
    ]
    # Both parts share one folder of pictures, so they are checked together.
    paired = published.paired(
        rows, published.pictures(folder / "Images"), scores=(0.0, 1.0)
    )
    cut = len(tables["train"])
    return {"train": paired[:cut], "test": paired[cut:]}
