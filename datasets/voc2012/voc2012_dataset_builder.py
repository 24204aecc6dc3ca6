"""PASCAL VOC 2012: all published images, without annotations.

TFDS reads the three lists of the main task; the part `rest` has the images of the other
tasks (segmentation, actions, layout), which are in none of these lists.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tensorflow_datasets.object_detection import voc

from .. import published
from ..database import DatabaseBuilder
from ..database import Facts

LISTS = "VOCdevkit/VOC2012/ImageSets/Main"
IMAGES = "VOCdevkit/VOC2012/JPEGImages"
PARTS = {"train": "train", "validation": "val", "test": "test"}


class Builder(DatabaseBuilder):
    """Maps the examples of the dataset `voc/2012` of TFDS to our keys."""

    FACTS = Facts(
        title="PASCAL VOC 2012",
        year=2012,
        url="http://host.robots.ox.ac.uk/pascal/VOC/voc2012/",
        images=33_260,
        parts={"train": 5_717, "validation": 5_823, "test": 10_991, "rest": 10_729},
    )
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Download PASCAL VOC 2012 from http://host.robots.ox.ac.uk/pascal/VOC/voc2012/ and
    extract `VOCtrainval_11-May-2012.tar` and optionally `VOC2012test.tar`, so that
    the folder holds

    - `VOCdevkit/VOC2012/JPEGImages/`, `Annotations/` and `ImageSets/Main/`.
    """

    def examples(self, folder: Path) -> dict[str, Iterator[dict[str, Any]]]:
        published.require(folder, [f"{LISTS}/train.txt", f"{LISTS}/val.txt"])
        original = voc.Voc(config="2012", data_dir=os.fspath(folder))
        parts = {
            part: _mapped(original, folder, name)
            for part, name in PARTS.items()
            if (folder / LISTS / f"{name}.txt").exists()
        }
        rest = _rest(folder)
        return {**parts, "rest": iter(rest)} if rest else parts


def _rest(folder: Path) -> list[dict[str, Any]]:
    """Returns the examples that are in none of the lists."""
    lists = [folder / LISTS / f"{name}.txt" for name in PARTS.values()]
    listed = {
        f"{words[0]}.jpg"
        for path in lists
        if path.exists()
        for line in path.read_text().splitlines()
        if (words := line.split())
    }
    rows = published.unscored(folder / IMAGES)
    return [row for row in rows if row["image_id"] not in listed]


def _mapped(original: voc.Voc, folder: Path, name: str) -> Iterator[dict[str, Any]]:
    for _, example in original._generate_examples(os.fspath(folder), name):
        yield {"image": example["image"], "image_id": example["image/filename"]}
