"""COCO 2017, and the test images of 2015: published parts, without annotations."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .. import published
from ..database import DatabaseBuilder
from ..database import Facts

FOLDERS = {
    "train": "train2017",
    "validation": "val2017",
    "test": "test2017",
    "unlabeled": "unlabeled2017",
    "test2015": "test2015",
}


class Builder(DatabaseBuilder):
    """Builds the parts whose folders exist, in the order of `FOLDERS`."""

    FACTS = Facts(
        title="COCO 2017",
        year=2014,
        url="https://cocodataset.org/#download",
        images=368_794,
        parts={
            "train": 118_287,
            "validation": 5_000,
            "test": 40_670,
            "unlabeled": 123_403,
            "test2015": 81_434,
        },
    )
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Download images of COCO from https://cocodataset.org/#download and extract them,
    so that the folder holds one or more of `train2017/`, `val2017/`, `test2017/`,
    `unlabeled2017/` and `test2015/`.
    """

    def examples(self, folder: Path) -> dict[str, Iterator[dict[str, Any]]]:
        return examples(folder)


def examples(folder: Path) -> dict[str, Iterator[dict[str, Any]]]:
    """Returns the examples of each part whose folder exists.

    Raises:
        ValueError: If the folder is not as published.
    """
    published.first(folder, FOLDERS.values())
    return {
        part: published.unscored(folder / name)
        for part, name in FOLDERS.items()
        if (folder / name).is_dir()
    }
