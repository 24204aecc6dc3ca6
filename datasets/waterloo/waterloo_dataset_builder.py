"""Waterloo Exploration: pristine photographs and distorted versions, without scores."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow_datasets as tfds
from PIL import Image

from .. import published
from ..database import Facts
from ..database import Make
from ..database import PristineOrDistorted
from . import distortions

FOLDER = "pristine_images"


class Builder(PristineOrDistorted):
    """Builds one part `train`: the pristine images, or twenty versions of each."""

    BUILDER_CONFIGS = [
        tfds.core.BuilderConfig(
            name="pristine", description="4,744 images as published."
        ),
        tfds.core.BuilderConfig(
            name="distorted", description="94,880 versions: four types, five levels."
        ),
    ]
    FACTS = Facts(
        title="Waterloo Exploration",
        year=2016,
        url="https://kedema.org/project/exploration/index.html",
        images=4_744,
        contents=4_744,
        distortions="4 types, 5 levels",
    )
    DISTORTED_IMAGES = 94_880
    GROWTH = 10.0
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Download the Waterloo Exploration database from
    https://kedema.org/project/exploration/index.html and extract it, so that the folder
    holds

    - `pristine_images/`: 4,744 BMP files.
    """

    def rows(self, folder: Path) -> list[dict[str, Any]]:
        return pristine(folder)

    def make(self) -> Make | None:
        return versions if self.is_distorted else None


def pristine(folder: Path) -> list[dict[str, Any]]:
    """Returns the pristine images.

    Raises:
        ValueError: If the folder is not as published.
    """
    published.require(folder, [FOLDER])
    return [
        {
            **row,
            "reference_id": Path(row["image_id"]).stem,
            "distortion": "",
            "level": -1,
        }
        for row in published.unscored(folder / FOLDER)
    ]


def versions(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yields the twenty versions of one image, as encoded files.

    The noise depends on the name of the image and the level alone.
    """
    with Image.open(row["image"]) as image:
        pixels = np.asarray(image.convert("RGB"))
    content = row["reference_id"]
    for name, distorted in distortions.DISTORTIONS.items():
        for level in distortions.LEVELS:
            encoded, suffix = distorted(pixels, level, content)
            yield {
                **row,
                "image": io.BytesIO(encoded),
                "image_id": f"{content}_{name}_{level}.{suffix}",
                "distortion": name,
                "level": level,
            }
