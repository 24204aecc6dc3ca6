"""KADID-10k: 25 distortions at five levels, with DMOS."""

import re
from pathlib import Path
from typing import Any

from .. import published
from .. import tables
from ..database import DatabaseBuilder
from ..database import Facts

FOLDER, TABLE = "images", "dmos.csv"
# In the order of their numbers (Lin et al., 2019, table II).
DISTORTIONS = (
    "gaussian_blur",
    "lens_blur",
    "motion_blur",
    "color_diffusion",
    "color_shift",
    "color_quantization",
    "saturation_hsv",
    "saturation_lab",
    "jpeg2000",
    "jpeg",
    "white_noise",
    "color_noise",
    "impulse_noise",
    "multiplicative_noise",
    "denoise",
    "brighten",
    "darken",
    "mean_shift",
    "jitter",
    "patch_shift",
    "pixelate",
    "quantization",
    "color_block",
    "sharpen",
    "contrast",
)

_NAME = re.compile(r"(I\d\d)_(\d\d)_(\d\d)\.png")


class Builder(DatabaseBuilder):
    """Builds one part `train`, in published order."""

    FACTS = Facts(
        title="KADID-10k",
        year=2019,
        url="https://database.mmsp-kn.de/kadid-10k-database.html",
        images=10_125,
        contents=81,
        distortions="25 types, 5 levels",
        ratings="30",
        environment="crowdsourcing",
        # In spite of the name, 5 is "imperceptible".
        unit="DMOS, 1 to 5, higher is better",
        range=(1.0, 5.0),
    )
    KEYS = ("mos", "mos_std", "reference_id", "distortion", "level")
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Download KADID-10k from https://database.mmsp-kn.de/kadid-10k-database.html and
    extract it, so that the folder holds

    - `images/`: 10,125 distorted images such as `I01_01_01.png` (and the 81
      references, which are not read);
    - `dmos.csv`.
    """

    def examples(self, folder: Path) -> dict[str, list[dict[str, Any]]]:
        return {"train": examples(folder)}


def examples(folder: Path) -> list[dict[str, Any]]:
    """Returns the examples.

    Raises:
        ValueError: If the folder is not as published.
    """
    published.require(folder, [FOLDER, TABLE])
    columns = ("dist_img", "ref_img", "dmos", "var")
    rows = tables.read_csv(folder / TABLE, columns)
    references = {row["ref_img"] for row in rows}
    files = published.images(folder / FOLDER)
    files = {name: path for name, path in files.items() if name not in references}
    return published.paired([_example(row) for row in rows], files, scores=(1.0, 5.0))


def _example(row: dict[str, str]) -> dict[str, Any]:
    match = _NAME.fullmatch(row["dist_img"])
    if match is None or not 1 <= int(match[2]) <= len(DISTORTIONS):
        raise ValueError(
            f"Names such as I01_01_01.png are expected in {TABLE}. Received: "
            f"{row['dist_img']!r}"
        )
    return {
        "image_id": row["dist_img"],
        "mos": tables.number(row["dmos"]),
        # No variance: where ratings are two-fold it is the root of mean x (1 - mean).
        "mos_std": tables.number(row["var"]),
        "reference_id": match[1],
        "distortion": DISTORTIONS[int(match[2]) - 1],
        "level": int(match[3]),
    }
