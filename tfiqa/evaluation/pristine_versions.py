"""Distorted versions of pristine images, and their values by any measure.

Each image is distorted by JPEG, JPEG 2000, Gaussian blur and white noise at five
levels, like the Waterloo Exploration database, and rounded to 8 bits. 4,744 images make
94,880 versions; none is stored: each is made when it is measured.
"""

import dataclasses
import functools
import itertools
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tfiqa.data.decode import decode
from tfiqa.distortions import WATERLOO
from tfiqa.distortions import distort
from tfiqa.files.listing import images_below
from tfiqa.files.reading import read_file
from tfiqa.metrics.full_reference import MIN_SIDE
from tfiqa.metrics.full_reference import gmsd
from tfiqa.metrics.full_reference import ms_ssim
from tfiqa.metrics.visual_information import vif

DISTORTIONS = tuple(WATERLOO)
LEVELS = (1, 2, 3, 4, 5)

# Takes a pristine image and a version of it, uint8 `(height, width, 3)`; returns a
# number.
Measure = Callable[[np.ndarray, np.ndarray], float]
# Value of each measure for a perfect copy.
FULL_REFERENCE: dict[str, tuple[Measure, float]] = {
    "MS-SSIM": (ms_ssim, 1.0),
    "GMSD": (gmsd, 0.0),
}


def preserved(pristine: np.ndarray, version: np.ndarray) -> float:
    """Returns VIF as a share of at most 1.

    A version of more contrast is no better than a copy. A flat pristine image, of which
    VIF is undefined, is preserved by its copy only.
    """
    value = vif(pristine, version)
    if np.isnan(value):
        return float(np.array_equal(pristine, version))
    return min(value, 1.0)


# The three measures of the P-test of the paper.
P_TEST: dict[str, tuple[Measure, float]] = {
    **FULL_REFERENCE,
    "VIF": (preserved, 1.0),
}


@dataclasses.dataclass(frozen=True)
class VersionScores:
    """Values of a measure for each version of each image.

    Attributes:
        pristine: `(contents,)`.
        distorted: `(contents, 4, 5)`: by type, in the order of `DISTORTIONS`, and
            level, from faint to severe.
    """

    pristine: np.ndarray
    distorted: np.ndarray

    def pool(self) -> np.ndarray:
        """Returns all values as one row, the pristine ones first, `(21 contents,)`."""
        return np.concatenate([self.pristine, self.distorted.ravel()])


def pristine_images(folder: Path) -> list[Path]:
    """Returns the images below a folder, sorted.

    Raises:
        FileNotFoundError: If there are none.
    """
    paths = [Path(path) for path in images_below(folder)]
    if not paths:
        raise FileNotFoundError(
            f"A folder of pristine images is expected. Received: folder={folder!s}"
        )
    return paths


def measured(
    paths: list[Path],
    measures: Mapping[str, Measure],
    *,
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
) -> dict[str, VersionScores]:
    """Makes every version of every image once, and applies all measures to it.

    Args:
        paths: Pristine images with sides of 176 pixels or more.
        measures: Measures by name; `of_scorer` turns a scorer into one.
        seed: Seed of the noise.
        progress: Called after each image with the number of images done.

    Raises:
        ValueError: If an image is too small or does not decode; names it.
    """
    scores = {
        name: VersionScores(
            np.empty(len(paths)), np.empty((len(paths), len(DISTORTIONS), len(LEVELS)))
        )
        for name in measures
    }
    for content, path in enumerate(paths):
        pristine = pristine_image(path)
        for name, measure in measures.items():
            scores[name].pristine[content] = measure(pristine, pristine)
        for row, distortion in enumerate(DISTORTIONS):
            for column, level in enumerate(LEVELS):
                version = distorted(pristine, distortion, level, seed=seed)
                for name, measure in measures.items():
                    value = measure(pristine, version)
                    scores[name].distorted[content, row, column] = value
        if progress is not None:
            progress(content + 1)
    return scores


def distorted(
    pristine: np.ndarray, distortion: str, level: int, *, seed: int = 0
) -> np.ndarray:
    """Returns a version of an image, both uint8 `(height, width, 3)`."""
    version = distort(pristine[None], distortion, level, (seed, 0), bank=WATERLOO)
    return np.rint(version.numpy()[0]).astype("uint8")


def all_versions(
    pristine: np.ndarray, *, seed: int = 0
) -> Iterator[Callable[[], np.ndarray]]:
    """Yields a function for the image itself, then for each version in their order.

    Each returns an image, uint8 `(height, width, 3)`.
    """
    yield lambda: pristine
    for kind, level in itertools.product(DISTORTIONS, LEVELS):
        yield functools.partial(distorted, pristine, kind, level, seed=seed)


def of_scorer(predict: Callable[[np.ndarray], float]) -> Measure:
    """Returns the measure of a scorer, which ignores the pristine image."""
    return lambda pristine, version: predict(version)


def pristine_image(path: Path) -> np.ndarray:
    """Returns an image, uint8 `(height, width, 3)`.

    Raises:
        ValueError: If it is too small or does not decode.
    """
    pristine = decode(read_file(path))
    if min(pristine.shape[:2]) < MIN_SIDE:
        raise ValueError(
            f"Images with sides of {MIN_SIDE} pixels or more are expected. "
            f"Received: {path!s} of {pristine.shape[1]} x {pristine.shape[0]}"
        )
    return pristine
