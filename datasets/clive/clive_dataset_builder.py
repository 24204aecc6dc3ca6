"""LIVE in the Wild Image Quality Challenge Database (CLIVE), with MOS."""

from pathlib import Path
from typing import Any

from .. import published
from .. import tables
from ..database import DatabaseBuilder
from ..database import Facts

# The first rows are the images on which the raters practiced.
TRAINING_IMAGES = 7
TABLES = {
    "AllImages_release": "Data/AllImages_release.mat",
    "AllMOS_release": "Data/AllMOS_release.mat",
    "AllStdDev_release": "Data/AllStdDev_release.mat",
}


class Builder(DatabaseBuilder):
    """Builds one part `train`, in published order."""

    FACTS = Facts(
        title="LIVE in the Wild (CLIVE)",
        year=2016,
        url="https://live.ece.utexas.edu/research/ChallengeDB/",
        images=1_162,
        ratings="175",
        environment="crowdsourcing",
        unit="MOS, 0 to 100",
        range=(0.0, 100.0),
    )
    KEYS = ("mos", "mos_std")
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Request LIVE in the Wild at https://live.ece.utexas.edu/research/ChallengeDB/ and
    extract it, so that the folder (`ChallengeDB_release/`) holds

    - `Images/`: 1,162 images, and the folder `trainingImages/`, which is not read;
    - `Data/AllImages_release.mat`, `Data/AllMOS_release.mat` and
      `Data/AllStdDev_release.mat`.
    """

    def examples(self, folder: Path) -> dict[str, list[dict[str, Any]]]:
        return {"train": examples(folder)}


def examples(folder: Path) -> list[dict[str, Any]]:
    """Returns the examples, without the seven training images.

    Raises:
        ValueError: If the folder is not as published.
    """
    published.require(folder, ["Images", *TABLES.values()])
    columns = {key: tables.read_mat(folder / name, key) for key, name in TABLES.items()}
    lengths = {key: len(column) for key, column in columns.items()}
    if len(set(lengths.values())) > 1 or min(lengths.values()) <= TRAINING_IMAGES:
        raise ValueError(
            f"Tables of one length, more than {TRAINING_IMAGES}, are expected. "
            f"Received: {lengths}"
        )
    rows = [
        {"image_id": str(name), "mos": float(mos), "mos_std": float(std)}
        for name, mos, std in zip(*columns.values(), strict=True)
    ][TRAINING_IMAGES:]
    practiced = {str(name) for name in columns["AllImages_release"][:TRAINING_IMAGES]}
    files = published.images(folder / "Images")
    files = {name: file for name, file in files.items() if name not in practiced}
    return published.paired(rows, files, scores=(0.0, 100.0))
