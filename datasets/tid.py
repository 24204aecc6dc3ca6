"""What TID2008 and TID2013 share: names of images, and tables of scores.

`I07_03_2.bmp` is reference `I07` with distortion 3 at level 2. Names differ in case
between tables and folders.
"""

import math
import re
from pathlib import Path
from typing import Any

from . import published
from . import tables

FOLDER, SCORES, DEVIATIONS = "distorted_images", "mos_with_names.txt", "mos_std.txt"
SCALE = (0.0, 9.0)
# The first seventeen are those of TID2008 (Ponomarenko et al., 2015, table 1).
DISTORTIONS = (
    "additive_gaussian_noise",
    "color_component_noise",
    "spatially_correlated_noise",
    "masked_noise",
    "high_frequency_noise",
    "impulse_noise",
    "quantization_noise",
    "gaussian_blur",
    "image_denoising",
    "jpeg",
    "jpeg2000",
    "jpeg_transmission_errors",
    "jpeg2000_transmission_errors",
    "non_eccentricity_pattern_noise",
    "local_block_wise_distortions",
    "mean_shift",
    "contrast_change",
    "color_saturation_change",
    "multiplicative_gaussian_noise",
    "comfort_noise",
    "lossy_compression_of_noisy_images",
    "color_quantization_with_dither",
    "chromatic_aberrations",
    "sparse_sampling_and_reconstruction",
)

_NAME = re.compile(r"(i\d\d)_(\d\d)_(\d)\.bmp", re.IGNORECASE)


def examples(folder: Path, *, types: int) -> list[dict[str, Any]]:
    """Returns the examples, in the order of the table.

    Args:
        folder: Folder of the database.
        types: How many of `DISTORTIONS` the database has.

    Raises:
        ValueError: If the folder is not as published.
    """
    published.require(folder, [FOLDER, SCORES])
    lines = tables.read_words(folder / SCORES, count=2)
    deviations = [math.nan] * len(lines)
    if (folder / DEVIATIONS).exists():
        words = tables.read_words(folder / DEVIATIONS, count=1)
        deviations = [tables.number(word) for (word,) in words]
    if len(deviations) != len(lines):
        raise ValueError(
            f"As many lines in {DEVIATIONS} as in {SCORES} are expected. Received: "
            f"{len(deviations)} and {len(lines)}"
        )
    rows = [
        {"mos": tables.number(mos), "mos_std": std, **_parsed(name, types)}
        for (mos, name), std in zip(lines, deviations, strict=True)
    ]
    return published.paired(rows, published.images(folder / FOLDER), scores=SCALE)


def _parsed(name: str, types: int) -> dict[str, Any]:
    match = _NAME.fullmatch(name)
    if match is None or not 1 <= int(match[2]) <= types:
        raise ValueError(
            f"Names such as i01_01_1.bmp, with types of 1 to {types}, are expected in "
            f"{SCORES}. Received: {name!r}"
        )
    return {
        "image_id": name,
        "reference_id": match[1].upper(),
        "distortion": DISTORTIONS[int(match[2]) - 1],
        "level": int(match[3]),
    }
