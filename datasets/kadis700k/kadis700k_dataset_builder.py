"""KADIS-700k: pristine photographs and distorted versions of them, without scores."""

from pathlib import Path
from typing import Any

import tensorflow_datasets as tfds

from .. import published
from .. import tables
from ..database import Facts
from ..database import Make
from ..database import PristineOrDistorted
from ..kadid10k.kadid10k_dataset_builder import DISTORTIONS
from .versions import versions

FOLDER, TABLE = "ref_imgs", "kadis700k_ref_imgs.csv"


class Builder(PristineOrDistorted):
    """Builds one part `train`: the pristine images, or five versions of each."""

    BUILDER_CONFIGS = [
        tfds.core.BuilderConfig(
            name="pristine", description="140,000 images as published."
        ),
        tfds.core.BuilderConfig(
            name="distorted",
            description="700,000 versions: one type for each image, five levels.",
        ),
    ]
    FACTS = Facts(
        title="KADIS-700k",
        year=2019,
        url="https://database.mmsp-kn.de/kadid-10k-database.html",
        images=140_000,
        contents=140_000,
        distortions="25 types, 5 levels",
    )
    DISTORTED_IMAGES = 700_000
    GROWTH = 5.5
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Download KADIS-700k from https://database.mmsp-kn.de/kadid-10k-database.html and
    extract it, so that the folder holds

    - `ref_imgs/`: 140,000 PNG files;
    - `kadis700k_ref_imgs.csv`, which names the distortion of each.
    """

    def rows(self, folder: Path) -> list[dict[str, Any]]:
        rows = pristine(folder)
        unknown = {} if self.is_distorted else {"distortion": "", "level": -1}
        return [{**row, **unknown} for row in rows]

    def make(self) -> Make | None:
        return versions if self.is_distorted else None


def pristine(folder: Path) -> list[dict[str, Any]]:
    """Returns the pristine images; `distortion` is the one to apply to each.

    Raises:
        ValueError: If the folder is not as published.
    """
    published.require(folder, [FOLDER, TABLE])
    rows = []
    for row in tables.read_csv(folder / TABLE, ["ref_im"]):
        # The second column has different names in different releases.
        name, number, *_ = row.values()
        if tables.number(number) not in range(1, len(DISTORTIONS) + 1):
            raise ValueError(
                f"A type of 1 to {len(DISTORTIONS)} is expected in {TABLE}. Received: "
                f"{number!r} for {name!r}"
            )
        kind = DISTORTIONS[int(tables.number(number)) - 1]
        facts = {"reference_id": Path(name).stem, "distortion": kind}
        rows.append({"image_id": name, **facts})
    return published.paired(rows, published.images(folder / FOLDER))
