"""What an export starts from: a scorer and pictures, loaded where files are named."""

import os
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from tfiqa.export import pictures as pictures_of
from tfiqa.export.module import check_scorer
from tfiqa.export.module import min_side
from tfiqa.export.request import PathLike
from tfiqa.scoring.serialization import load_scorer
from tfiqa.scoring.shipped import PRESETS


def loaded(scorer: PathLike | keras.Model) -> tuple[keras.Model, Path | None]:
    """Returns a scorer that can be exported, and its file if it came from one.

    Raises:
        FileNotFoundError: If there is no such file or preset.
        ValueError: If it is no scorer.
    """
    source = None
    if not isinstance(scorer, keras.Model):
        is_file = Path(scorer).is_file()
        source = Path(scorer) if is_file else PRESETS / f"{scorer}.keras"
        scorer = load_scorer(scorer)
    check_scorer(scorer)
    return scorer, source


def compared(
    pictures: PathLike | Sequence[np.ndarray] | None,
    scorer: keras.Model,
    *,
    size: tuple[int, int] | None = None,
) -> list[np.ndarray]:
    """Returns the pictures that an export is compared on.

    Args:
        pictures: A folder, completed by generated pictures and a flat one; arrays,
            taken as they are; generated pictures when None.
        scorer: The scorer, which may need sides of some length.
        size: Height and width that all pictures are brought to.
    """
    if isinstance(pictures, str | os.PathLike):
        read = pictures_of.of_folder(Path(pictures))
        pictures = pictures_of.filled(read, min_side=min_side(scorer))
    return pictures_of.compared(pictures, min_side=min_side(scorer), size=size)


def representatives(
    pictures: PathLike | Sequence[np.ndarray] | None,
    *,
    size: tuple[int, int],
    most: int,
) -> list[np.ndarray]:
    """Returns the pictures from which integers take their ranges, at one size.

    Args:
        pictures: A folder or arrays; generated pictures when None.
        size: Height and width.
        most: Most pictures to take of a folder, or to generate.
    """
    if pictures is None:
        return pictures_of.generated(most, size=size, first=10_000)
    if isinstance(pictures, str | os.PathLike):
        pictures = pictures_of.of_folder(Path(pictures), most)
    if not len(pictures):
        raise ValueError("Pictures are expected. Received: representative=[]")
    return [pictures_of.fitted(picture, size) for picture in pictures]
