"""AVA: photographs of an online community, with histograms of their ratings."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from .. import published
from .. import tables
from ..database import DatabaseBuilder
from ..database import Facts

TABLE = "AVA.txt"
FOLDERS = ("images", "image")
TEST = "aesthetics_image_lists/generic_test.jpgl"
RATINGS = np.arange(1, 11)
# Index, image, votes for the ratings 1 to 10, two tags, challenge.
COLUMNS = 15


class Builder(DatabaseBuilder):
    """Builds the parts `train` and `test` if their list exists, else one `train`."""

    FACTS = Facts(
        title="AVA",
        year=2012,
        url="https://github.com/imfing/ava_downloader",
        images=255_530,
        ratings="about 210",
        environment="online community",
        unit="mean rating of beauty, 1 to 10",
        range=(1.0, 10.0),
        rates_quality=False,
        parts={"train": None, "test": None},
    )
    KEYS = ("mos", "mos_std")
    VECTORS = {"mos_histogram": len(RATINGS)}
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Download AVA, see https://github.com/imfing/ava_downloader, so that the folder holds

    - `images/` (or `image/`): 255,530 JPEG files such as `953619.jpg`;
    - `AVA.txt`;
    - for the official parts, `aesthetics_image_lists/generic_test.jpgl`.
    """

    def examples(self, folder: Path) -> dict[str, Iterable[dict[str, Any]]]:
        return examples(folder)


def examples(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Returns the examples of each official part, or all as the part `train`.

    Raises:
        ValueError: If the folder is not as published.
    """
    published.require(folder, [TABLE])
    image_dir = published.first(folder, FOLDERS)
    lines = tables.read_words(folder / TABLE, count=COLUMNS)
    paired = published.paired(
        [_example(words) for words in lines],
        published.images(image_dir),
        scores=(1.0, 10.0),
    )
    if not (folder / TEST).exists():
        return {"train": paired}
    held_out = {f"{name}.jpg" for (name,) in tables.read_words(folder / TEST, count=1)}
    return {
        "train": [row for row in paired if row["image_id"] not in held_out],
        "test": [row for row in paired if row["image_id"] in held_out],
    }


def _example(words: list[str]) -> dict[str, Any]:
    votes = np.array([tables.number(word) for word in words[2:12]])
    shares = votes / max(votes.sum(), 1)
    mean = float(shares @ RATINGS)
    return {
        "image_id": f"{words[1]}.jpg",
        "mos": mean if votes.sum() else np.nan,
        "mos_std": float(np.sqrt(shares @ (RATINGS - mean) ** 2)),
        "mos_histogram": np.float32(shares),
    }
