"""Loads the scorer and the images that an export needs."""

import os
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from tfiqa.export import images as example_images
from tfiqa.export.module import check_scorer
from tfiqa.export.module import min_side
from tfiqa.export.request import PathLike
from tfiqa.scoring.serialization import load_scorer
from tfiqa.scoring.shipped import PRESETS


def loaded(scorer: PathLike | keras.Model) -> tuple[keras.Model, Path | None]:
    """Returns a scorer that can be exported, and its file if it was read from one.

    Args:
        scorer: A loaded scorer, its `.keras` file, or the name of a preset.

    Raises:
        FileNotFoundError: If there is no such file or preset.
        ValueError: If it is not a scorer, or also takes references.
    """
    source = None
    if not isinstance(scorer, keras.Model):
        is_file = Path(scorer).is_file()
        source = Path(scorer) if is_file else PRESETS / f"{scorer}.keras"
        scorer = load_scorer(scorer)
    check_scorer(scorer)
    return scorer, source


def comparison_images(
    images: PathLike | Sequence[np.ndarray] | None,
    scorer: keras.Model,
    *,
    size: tuple[int, int] | None = None,
) -> list[np.ndarray]:
    """Returns the images that an export is compared on.

    Args:
        images: A folder, to which generated images and a flat one are added; arrays,
            used as they are; or None for generated images and a flat one.
        scorer: The scorer, which determines the smallest side of generated images.
        size: Height and width to which all images are cropped or repeated.
    """
    if isinstance(images, str | os.PathLike):
        in_folder = example_images.read_folder(Path(images))
        images = example_images.completed(in_folder, min_side=min_side(scorer))
    return example_images.comparison_set(images, min_side=min_side(scorer), size=size)


def representatives(
    images: PathLike | Sequence[np.ndarray] | None,
    *,
    size: tuple[int, int],
    limit: int,
) -> list[np.ndarray]:
    """Returns the images, of one size, that determine the ranges of quantization.

    Args:
        images: A folder or arrays; generated images when None.
        size: Height and width of all images of the result.
        limit: How many images to read from a folder at most, or to generate.
    """
    if images is None:
        return example_images.generated(limit, size=size, first=10_000)
    if isinstance(images, str | os.PathLike):
        images = example_images.read_folder(Path(images), limit)
    if not len(images):
        raise ValueError("Images are expected. Received: representative=[]")
    return [example_images.center_crop(image, size) for image in images]
