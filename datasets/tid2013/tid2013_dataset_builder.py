"""Tampere Image Database 2013: 24 distortions at 5 levels, with MOS."""

from pathlib import Path
from typing import Any

from .. import tid
from ..database import DatabaseBuilder
from ..database import Facts

TYPES = 24


class Builder(DatabaseBuilder):
    """Builds one part `train`, in published order."""

    FACTS = Facts(
        title="TID2013",
        year=2013,
        url="http://www.ponomarenko.info/tid2013.htm",
        images=3_000,
        contents=25,
        distortions="24 types, 5 levels",
        ratings="9",
        environment="laboratory",
        unit="MOS, 0 to 9",
        range=tid.SCALE,
    )
    KEYS = ("mos", "mos_std", "reference_id", "distortion", "level")
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Download TID2013 from http://www.ponomarenko.info/tid2013.htm and extract it,
    so that the folder holds

    - `distorted_images/`: 3,000 BMP files;
    - `mos_with_names.txt` and optionally `mos_std.txt`.
    """

    def examples(self, folder: Path) -> dict[str, list[dict[str, Any]]]:
        return {"train": tid.examples(folder, types=TYPES)}
