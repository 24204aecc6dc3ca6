"""Versions of pristine images under the distortions of KADID-10k, at five levels."""

import io
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image

from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions import distort

LEVELS = range(1, 6)


def versions(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yields the five levels of one image, as PNG files.

    Randomness depends on the name of the image and the level alone.

    Args:
        row: An example with `image` (a path), `image_id`, `reference_id` and the
            `distortion` to apply.
    """
    with Image.open(row["image"]) as image:
        pixels = np.asarray(image.convert("RGB"))
    key = zlib.crc32(row["image_id"].encode()) >> 1
    distorted = distort(
        np.stack([pixels] * len(LEVELS)),
        row["distortion"],
        list(LEVELS),
        np.array([(key, level) for level in LEVELS], np.int32),
    )
    levels = np.floor(np.asarray(distorted) + 0.5).astype(np.uint8)
    number = DISTORTIONS[row["distortion"]].number
    for level, version in zip(LEVELS, levels, strict=True):
        file = io.BytesIO()
        Image.fromarray(version).save(file, "PNG")
        file.seek(0)
        yield {
            **row,
            "image": file,
            "image_id": f"{row['reference_id']}_{number:02d}_{level:02d}.png",
            "level": level,
        }
