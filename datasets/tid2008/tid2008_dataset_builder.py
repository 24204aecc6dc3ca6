"""Tampere Image Database 2008: 17 distortions at 4 levels, with MOS."""

from pathlib import Path
from typing import Any

from .. import tid
from ..database import DatabaseBuilder
from ..database import Facts

TYPES = 17


class Builder(DatabaseBuilder):
    """Builds one part `train`, in published order."""

    FACTS = Facts(
        title="TID2008",
        year=2009,
        url="http://www.ponomarenko.info/tid2008.htm",
        images=1_700,
        contents=25,
        distortions="17 types, 4 levels",
        ratings="33",
        environment="laboratory",
        unit="MOS, 0 to 9",
        range=tid.SCALE,
    )
    KEYS = ("mos", "mos_std", "reference_id", "distortion", "level")
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Download TID2008 from http://www.ponomarenko.info/tid2008.htm and extract it,
    so that the folder holds

    - `distorted_images/`: 1,700 BMP files;
    - `mos_with_names.txt` and optionally `mos_std.txt`.
    """

    def examples(self, folder: Path) -> dict[str, list[dict[str, Any]]]:
        return {"train": tid.examples(folder, types=TYPES)}
