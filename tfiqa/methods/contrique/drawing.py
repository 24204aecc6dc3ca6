"""What a batch shows of an image: classes, keys of distortions, and views.

All is drawn from the seed of the run, the epoch and the index of the image, wherever
the pixels are then made.
"""

import dataclasses
import functools

import numpy as np

from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions.single import distort_image
from tfiqa.distortions.single import types_for_side
from tfiqa.distortions.unchanged import leaves_unchanged
from tfiqa.methods.contrique.config import CLASSES
from tfiqa.methods.contrique.config import LEVELS
from tfiqa.methods.contrique.config import PRISTINE
from tfiqa.methods.contrique.config import Config
from tfiqa.methods.contrique.views import View
from tfiqa.methods.contrique.views import draw_views

# Side of the part of an image that is distorted, in sides of a crop: a view at half
# scale covers two of them, so that both views have room to move.
_WINDOW = 3

# Both kinds of images draw independently.
DISTORTED, AUTHENTIC = 0, 1

Views = tuple[View, View]


@dataclasses.dataclass(frozen=True)
class Version:
    """A version of a pristine image: its class, its key and its two views."""

    label: int
    key: np.ndarray | None
    views: Views


def generator(
    kind: int, seed: int, index: np.int64, epoch: np.int64
) -> np.random.Generator:
    """Returns the generator of all that is drawn for an image in an epoch.

    Args:
        kind: `DISTORTED` or `AUTHENTIC`.
        seed: Seed of the run.
        index: Index of the image.
        epoch: Index of the epoch.
    """
    return np.random.default_rng([kind, seed, int(epoch), int(index)])


def window(image: np.ndarray, rng: np.random.Generator, config: Config) -> np.ndarray:
    """Returns the random part of an image that is distorted."""
    side = _WINDOW * config.crop_size
    spare = np.maximum(np.array(image.shape[:2]) - side, 0)
    top, left = rng.integers(spare + 1).tolist()
    return image[top : top + side, left : left + side]


def draw_versions(
    config: Config, seed: int, image: np.ndarray, index: np.int64, epoch: np.int64
) -> tuple[np.ndarray, list[Version]]:
    """Returns the part of an image that is distorted, and what is made of it."""
    rng = generator(DISTORTED, seed, index, epoch)
    image = window(image, rng, config)
    classes = possible_classes(min(image.shape[:2]), config.unchanged_classes)
    # Small images are too small for some classes.
    scarce = len(classes) < config.versions
    labels = rng.choice(classes, config.versions, replace=scarce)
    return image, [
        Version(label, draw_key(label, rng), views_of(image, rng, config))
        for label in labels.tolist()
    ]


def draw_authentic(
    config: Config, seed: int, image: np.ndarray, index: np.int64, epoch: np.int64
) -> Views:
    """Returns the views of an authentic image."""
    return views_of(image, generator(AUTHENTIC, seed, index, epoch), config)


def views_of(image: np.ndarray, rng: np.random.Generator, config: Config) -> Views:
    """Returns random views of an image."""
    height, width = image.shape[:2]
    return draw_views(height, width, rng, size=config.crop_size, colors=config.colors)


def draw_key(label: int, rng: np.random.Generator) -> np.ndarray | None:
    """Returns the key of the randomness in a distortion; `None` if there is none.

    Raises:
        ValueError: If the label is not a class of distorted or pristine images.
    """
    if label not in range(CLASSES):
        raise ValueError(
            f"`label` must be one of 0 to {PRISTINE}. Received: label={label}"
        )
    if label == PRISTINE:
        return None
    return rng.integers(-(2**31), 2**31, 2).astype(np.int32)


def distorted(
    image: np.ndarray, label: int, key: np.ndarray | None, *, traced: bool = False
) -> np.ndarray:
    """Returns an image as an example of a class, with a key from `draw_key`."""
    if key is None:
        return image
    return distort_image(image, *type_and_level(label), key, traced=traced)


def type_and_level(label: int) -> tuple[int, int]:
    """Returns the number of a type and the level of a class below `PRISTINE`."""
    return label // LEVELS + 1, label % LEVELS + 1


def class_name(label: int) -> str:
    """Returns the name of a class, for people.

    Raises:
        ValueError: If the label is negative.
    """
    if label < 0:
        raise ValueError(f"`label` must be at least 0. Received: label={label}")
    if label >= PRISTINE:
        return "pristine" if label == PRISTINE else "authentic"
    names = {row.number: name for name, row in DISTORTIONS.items()}
    number, level = type_and_level(label)
    return f"{names[number]} {level}"


@functools.cache
def possible_classes(min_side: int, unchanged: bool) -> np.ndarray:
    """Returns the classes possible for images of a size; some need larger ones.

    `unchanged` includes the levels that equal their source.
    """
    types = types_for_side(min_side)
    rows = [row for row in DISTORTIONS.values() if row.number in types]
    labels = [
        row.label(level)
        for row in rows
        for level in range(1, LEVELS + 1)
        if unchanged or not leaves_unchanged(row, level)
    ]
    return np.array([*labels, PRISTINE])
