"""LIVE Multiply Distorted Image Quality Database, with DMOS."""

from pathlib import Path
from typing import Any

from .. import published
from .. import tables
from ..database import DatabaseBuilder
from ..database import Facts

# Folder of the images in each of the two parts of the study.
PARTS = {"Part 1": "blurjpeg", "Part 2": "blurnoise"}
NAMES, SCORES = "Imagelists.mat", "Scores.mat"


class Builder(DatabaseBuilder):
    """Builds one part `train`: both parts of the study, in published order."""

    FACTS = Facts(
        title="LIVE Multiply Distorted",
        year=2012,
        url="https://live.ece.utexas.edu/research/Quality/live_multidistortedimage.html",
        images=450,
        contents=15,
        distortions="blur, then JPEG or noise, 3 levels each (405 images)",
        ratings="18 to 19",
        environment="laboratory",
        unit="DMOS, 0 to 100",
        range=(0.0, 100.0),
        higher_is_better=False,
    )
    KEYS = ("mos", "reference_id", "distortion")
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Request the LIVE Multiply Distorted Image Quality Database at
    https://live.ece.utexas.edu/research/Quality/live_multidistortedimage.html and
    extract it, so that the folder (`To_Release/`) holds

    - `Part 1/blurjpeg/` and `Part 2/blurnoise/`: 225 distorted BMP files each (and 15
      references each, which are not read);
    - `Imagelists.mat` and `Scores.mat` in both `Part 1/` and `Part 2/`.
    """

    def examples(self, folder: Path) -> dict[str, list[dict[str, Any]]]:
        return {"train": examples(folder)}


def examples(folder: Path) -> list[dict[str, Any]]:
    """Returns the examples of both parts of the study.

    Raises:
        ValueError: If the folder is not as published.
    """
    return [row for part in PARTS for row in _examples(folder, part)]


def _examples(folder: Path, part: str) -> list[dict[str, Any]]:
    # Some tools cannot keep the space when extracting the archive.
    inside = published.first(folder, [part, part.replace(" ", "_")])
    published.require(inside, [PARTS[part], NAMES, SCORES])
    names = tables.read_mat(inside / NAMES, "distimgs")
    scores = tables.read_mat(inside / SCORES, "DMOSscores")
    if len(names) != len(scores):
        raise ValueError(
            f"One score for each name is expected in {inside}. Received: "
            f"{len(scores)} scores and {len(names)} names"
        )
    # The singly blurred images were rated in both parts, so a name is unique only
    # together with the part.
    prefix = f"{part}/{PARTS[part]}"
    rows = [
        {
            "image_id": f"{prefix}/{name}",
            "mos": float(score),
            "reference_id": name.split("_")[0],
            "distortion": Path(name).stem.partition("_")[2],
        }
        for name, score in zip(names, scores, strict=True)
    ]
    files = {
        f"{prefix}/{name}": path
        for name, path in published.images(inside / PARTS[part]).items()
        if "_" in name  # references have none
    }
    return published.paired(rows, files, scores=(0.0, 100.0))
