"""Loads the model and the images that an export needs."""

import os
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from tfiqa.export import images as example_images
from tfiqa.export.module import check_model
from tfiqa.export.module import min_side
from tfiqa.export.parity import Example
from tfiqa.export.request import PathLike
from tfiqa.scoring.encoder import load_scorer_or_encoder
from tfiqa.scoring.references import needs_references
from tfiqa.scoring.shipped import file_of


def loaded(scorer: PathLike | keras.Model) -> tuple[keras.Model, Path | None]:
    """Returns a model that can be exported, and its file if it was read from one.

    Args:
        scorer: A loaded scorer or encoder, its `.keras` file, or the name of a preset.

    Raises:
        FileNotFoundError: If there is no such file or preset.
        ValueError: If it is neither a scorer nor an encoder.
    """
    source = None
    if not isinstance(scorer, keras.Model):
        source = file_of(scorer)
        scorer = load_scorer_or_encoder(scorer)
    check_model(scorer)
    return scorer, source


def comparison_images(
    images: PathLike | Sequence[np.ndarray] | None,
    scorer: keras.Model,
    *,
    size: tuple[int, int] | None = None,
) -> list[Example]:
    """Returns what an export is compared on: images, or images with references.

    A scorer that compares images with references gets each image as the reference of a
    degraded copy.

    Args:
        images: A folder, to which generated images and a flat one are added; arrays,
            used as they are; or None for generated images and a flat one.
        scorer: The model, which determines the smallest side of generated images.
        size: Height and width to which all images are cropped or repeated.
    """
    if isinstance(images, str | os.PathLike):
        in_folder = example_images.read_folder(Path(images))
        images = example_images.completed(in_folder, min_side=min_side(scorer))
    examples = example_images.comparison_set(
        images, min_side=min_side(scorer), size=size
    )
    return _with_references(examples, scorer)


def representatives(
    images: PathLike | Sequence[np.ndarray] | None,
    scorer: keras.Model,
    *,
    size: tuple[int, int],
    limit: int,
) -> list[Example]:
    """Returns the images, of one size, that determine the ranges of quantization.

    Args:
        images: A folder or arrays; generated images when None.
        scorer: The model; see `comparison_images`.
        size: Height and width of all images of the result.
        limit: How many images to read from a folder at most, or to generate.
    """
    if images is None:
        images = example_images.generated(limit, size=size, first=10_000)
    if isinstance(images, str | os.PathLike):
        images = example_images.read_folder(Path(images), limit)
    if not len(images):
        raise ValueError("Images are expected. Received: representative=[]")
    images = [example_images.center_crop(image, size) for image in images]
    return _with_references(images, scorer)


def _with_references(images: list[np.ndarray], scorer: keras.Model) -> list[Example]:
    if needs_references(scorer):
        return list(example_images.with_references(images))
    return list(images)
